"""What a server has done, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128)
OTHER = "other"


class Measured:
    """Counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        about = {"registry": self._registry}
        self._requests = Counter(
            "workbench_requests", "Requests that were answered.", ["route", "status"], **about
        )
        self._seconds = Histogram(
            "workbench_request_seconds", "From a request's head to the end of its answer.",
            ["route"], buckets=SECONDS, **about,
        )  # fmt: skip
        self._rows = Histogram(
            "workbench_batch_rows", "Rows that were asked of a model together.", ["model"],
            buckets=ROWS, **about,
        )  # fmt: skip
        self._waiting = Gauge(
            "workbench_waiting_rows", "Rows that are accepted and not yet answered.", ["model"],
            **about,
        )  # fmt: skip

    def watch(self, model: str, waiting: Callable[[], int]) -> None:
        """Ask for the length of a model's queue whenever somebody reads the counters."""
        self._waiting.labels(model).set_function(waiting)

    def batch(self, model: str, rows: int) -> None:
        """A batch was answered."""
        self._rows.labels(model).observe(rows)

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is that of the declaration, or :data:`OTHER`."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The counters in Prometheus' text format."""
        return generate_latest(self._registry)
