"""The figures of all processes in Prometheus' text format, under /metrics."""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from flask import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app.api.door import Door
from app.api.guard import scope
from app.api.world import world
from app.services import vitals
from app.services.figures import BUCKETS_S, Family

door = Door("figures", prefix="/metrics")

MIMETYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS: Final = (*map(str, BUCKETS_S), "+Inf")


@door.get("", responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
@scope("read")
def read_figures() -> Response:
    """Read what the service counts, in Prometheus' text format."""
    return Response(written(vitals.everything(world())), content_type=MIMETYPE)


def written(families: Iterable[Family]) -> bytes:
    """The families in Prometheus' text format 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given([_collected(family) for family in families]))
    return generate_latest(registry)


class _Given(Collector):
    """What the library's registry asks for families."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        return iter(self._families)


def _collected(family: Family) -> Metric:
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(family.name, family.told, labels=family.labels)
        for reading in family.readings:
            *counts, total = reading.values
            histogram.add_metric(reading.labels, list(zip(BOUNDS, accumulate(counts), strict=True)), total)
        return histogram
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    found = kind(family.name, family.told, labels=family.labels)
    for reading in family.readings:
        found.add_metric(reading.labels, reading.values[0])
    return found
