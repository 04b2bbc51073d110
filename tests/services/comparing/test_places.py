"""Whoever asks alone waits until nobody else asks, and nobody begins meanwhile."""

import threading
import time

from app.services.comparing.places import Places


def test_one_alone_is_alone_and_others_are_side_by_side() -> None:
    places = Places()
    inside: list[str] = []
    most = {"beside": 0, "alone": 0}
    lock = threading.Lock()

    def enter(kind: str) -> None:
        with places.alone() if kind == "alone" else places.beside_others():
            with lock:
                inside.append(kind)
                if "alone" in inside:
                    most["alone"] = max(most["alone"], len(inside))
                else:
                    most["beside"] = max(most["beside"], len(inside))
            time.sleep(0.01)
            with lock:
                inside.remove(kind)

    kinds = ["beside", "beside", "beside", "alone"] * 5
    threads = [threading.Thread(target=enter, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most["alone"] == 1
    assert most["beside"] > 1
