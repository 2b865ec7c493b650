"""Metrics in Prometheus' form; every label has a bounded set of values (operations, not paths)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

import armillary
from armillary.dialects._kit.traces import Trace

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What one process counts of itself."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        labels = ("dialect", "operation")
        self._requests = Counter(
            "armillary_http_requests_total",
            "Requests answered, by dialect, operation and status.",
            (*labels, "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "armillary_http_request_duration_seconds",
            "How long requests took, from the first byte to the last.",
            labels,
            buckets=_BUCKETS,
            registry=self.registry,
        )
        Gauge("armillary_build_info", "The version that runs.", ("version",), registry=self.registry).labels(
            armillary.__version__
        ).set(1)
        # ``labels()`` locks and hashes on each call; the children are few, so they are kept.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, trace: Trace, duration_s: float) -> None:
        """Count one request."""
        key = (trace.dialect, trace.operation, trace.status)
        child = self._children.get(key)
        if child is None:
            status = str(trace.status)
            child = (
                self._requests.labels(trace.dialect, trace.operation, status),
                self._durations.labels(trace.dialect, trace.operation),
            )
            self._children[key] = child
        child[0].inc()
        child[1].observe(duration_s)

    def text(self) -> bytes:
        """Everything counted, as Prometheus reads it."""
        return generate_latest(self.registry)
