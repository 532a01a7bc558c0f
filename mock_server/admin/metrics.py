"""Metrics of the server in the text format of Prometheus, by its official client library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Reply
from mock_server.journal.journal import METHODS, OTHER_METHODS

if TYPE_CHECKING:
    from mock_server.worlds.worlds import Worlds

_MISSING = "Metrics need the extra `metrics` of this package: pip install 'connector-contracts[metrics]'."


def get_metrics(call: AdminCall) -> Reply:
    """The metrics of this moment. Raises ApiError NOT_FOUND where the client library is not installed."""
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
    except ImportError as error:
        raise ApiError(ErrorCode.NOT_FOUND, message=_MISSING) from error
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_ServerCollector(call.worlds))
    text = generate_latest(registry).decode()
    return Reply(text, literal=True, written=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class _ServerCollector:
    """Reads the numbers that the server has anyway: answering a request costs nothing more."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def collect(self) -> Iterator[Any]:
        """The metrics, as the library's registry asks for them."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        journals = self._worlds.journals
        labels = ("contract", "operation", "method", "status")
        requests = CounterMetricFamily("mock_server_requests", "Requests in all worlds.", labels=labels)
        counts: Counter[tuple[str, str, str, str]] = Counter()
        for (contract, operation, method, status), count in journals.counts().items():
            # A method that is none of HTTP is a text of a client.
            counts[contract, operation, method if method in METHODS else OTHER_METHODS, str(status)] += count
        for key, count in sorted(counts.items()):
            requests.add_metric(key, count)
        yield requests
        yield GaugeMetricFamily("mock_server_worlds", "Worlds.", value=len(self._worlds))
        yield GaugeMetricFamily("mock_server_worlds_limit", "Maximum of worlds.", value=self._worlds.limit)
        yield GaugeMetricFamily("mock_server_journal_bytes", "Memory of all journals.", value=journals.total)
        yield GaugeMetricFamily(
            "mock_server_journal_limit_bytes", "Maximum memory of all journals.", value=journals.ceiling
        )


HANDLERS: Mapping[str, Handler] = {"getMetrics": get_metrics}
