"""Whoever would keep a stopping server waiting is told, though the server handles the signal itself."""

import signal
import subprocess
import sys
import threading

import pytest

from app.services import stopping
from tests.house.tree import ROOT

SERVER = """
import os, signal, socket, sys, threading
from app.services import stopping

former, theirs = socket.socketpair()
theirs.setblocking(False)
if sys.argv[2] == "woken":
    signal.set_wakeup_fd(theirs.fileno())
told, handled = threading.Event(), threading.Event()
stopping.notice(told.set)
signal.signal(int(sys.argv[1]), lambda *_: handled.set())
print("ready", flush=True)
handled.wait(60), told.wait(60)
print(handled.is_set(), told.is_set(), list(former.recv(9)) if sys.argv[2] == "woken" else [], flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("pipe", ["alone", "woken"])
def test_a_signal_tells_and_the_handlers_and_pipes_of_the_server_stay_what_they_were(
    number: signal.Signals, pipe: str
) -> None:
    words = [sys.executable, "-c", SERVER, str(int(number)), pipe]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said = process.stdout.readline()

    assert said == f"True True {[int(number)] if pipe == 'woken' else []}\n"


def test_beside_the_main_thread_nothing_is_noticed() -> None:
    before = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(before)
    thread = threading.Thread(target=lambda: stopping.notice(lambda: None))

    thread.start()
    thread.join()

    after = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(before)
    assert after == before


ENDING = """
import multiprocessing, sys
from app.services import stopping

def work():
    stopping.at_end(lambda: print("world", flush=True))
    stopping.at_end(lambda: print("beat", flush=True))

if sys.argv[1] == "forked":
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join()
else:
    work()
"""


@pytest.mark.parametrize("process", ["forked", "started"])
def test_the_end_of_a_process_is_told_once_to_the_last_who_asked_first(process: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING, process], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    assert (done.stdout, done.stderr) == ("beat\nworld\n", "")
