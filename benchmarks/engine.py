"""The time of a request in the engine alone: in one process and without a server, for each kind of request.

    python benchmarks/engine.py [--requests 2000] [--kind aimable.create] [--stages] [--calls]

Prints microseconds a request and requests a second: of many requests the time that a quarter of them does not exceed, so that
other work on the machine changes little. With --stages the same for each stage; with --calls the files and functions of this
package that one request enters.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Any

from mock_server import engine as engine_module
from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.messages import Request
from mock_server.pipeline.steps import Order, Pipeline
from mock_server.settings import Settings

ORDERS = Path(__file__).with_name("orders.yaml")
OWN_CODE = str(Path(engine_module.__file__).parent)
SPACES = "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
CONNECTORS = f"{SPACES}/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
CONNECTIONS = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
PROVIDERS = "/v1/admin/connector-providers"

Make = Callable[[int], Request]
"""The n-th request of its kind; no two have the same bytes."""

Credentials = tuple[Mapping[str, str], ...]
"""Headers with which requests are sent in turn."""


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--kind", action="append", help="as printed; may be repeated")
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--calls", action="store_true")
    options = parser.parse_args()
    for kind in options.kind or kinds(started()):
        # A new engine for each kind, so that records which one of them creates make no other slower.
        engine = started()
        make = kinds(engine)[kind]
        measure(engine, kind, make, options.requests)
        if options.stages:
            print_stages(engine, make, options.requests)
        if options.calls:
            print_calls(engine, make)


def started() -> Engine:
    """An engine with all contracts and a file whose behaviour is inferred."""
    return build_engine(Settings(specs=(ORDERS,)))


def kinds(engine: Engine) -> dict[str, Make]:
    """The kinds of requests by contract and name."""
    first = _first_keys(engine)
    aimable = _bearer("mock-aimable-member", "mock-aimable-admin")
    hydracore = _bearer("mock-hydracore-admin")
    patchworks = (*_bearer("mock-patchworks-admin"), {"authorization": "mock-patchworks-manager-key"})
    platform = ({"x-api-key": "mock-platform-admin-key"},)
    orders = tuple({"x-api-key": f"any-{number}"} for number in range(3))
    connector = f"{CONNECTORS}/{first['aimable/connectors']}"
    provider = f"{PROVIDERS}/slack"
    return {
        "aimable.list": _asked("GET", CONNECTORS, aimable, query="limit={number}"),
        "aimable.get": _asked("GET", connector, aimable),
        "aimable.create": _sent("POST", CONNECTORS, aimable, _connector),
        "aimable.update": _sent("PATCH", connector, aimable, lambda number: {"scope_config": {"n": number}}),
        "aimable.refuse": _sent("POST", CONNECTORS, aimable, lambda number: {"credential": {"n": number}}),
        "hydracore.list": _asked("GET", CONNECTIONS, hydracore),
        "hydracore.create": _sent("POST", CONNECTIONS, hydracore, _connection),
        "hydracore.refuse": _sent("POST", CONNECTIONS, hydracore, lambda number: {"name": f"n{number}"}),
        "patchworks.list": _asked("GET", "/api/v1/connectors", patchworks, query="per_page={number}"),
        "patchworks.get": _asked("GET", "/api/v1/connectors/1", patchworks),
        "patchworks.create": _sent("POST", "/api/v1/connectors", patchworks, _stored),
        "patchworks.update": _sent("PUT", "/api/v1/connectors/1", patchworks, _stored),
        "patchworks.refuse": _sent(
            "POST", "/api/v1/connectors", patchworks, lambda number: {"name": f"n{number}"}
        ),
        "platform.list": _asked("GET", PROVIDERS, platform),
        "platform.get": _asked("GET", provider, platform),
        "platform.update": _sent("POST", f"{provider}/setup", platform, lambda number: {"n": f"v{number}"}),
        "platform.refuse": _sent("POST", f"{provider}/setup", platform, lambda number: [number]),
        "orders.list": _asked("GET", "/v1/orders", orders, query="limit={number}"),
        "orders.get": _asked("GET", f"/v1/orders/{first['orders/orders']}", orders),
        "orders.create": _sent("POST", "/v1/orders", orders, _order),
        "orders.update": _sent("PUT", f"/v1/orders/{first['orders/orders']}", orders, _order),
        "orders.refuse": _sent("POST", "/v1/orders", orders, lambda number: {"customer": f"c{number}"}),
    }


def _first_keys(engine: Engine) -> dict[str, str]:
    """Storage → the key of its first record that the requests below may read."""
    keys: dict[str, str] = {}
    with engine.world().store.transaction() as state:
        for storage in ("aimable/connectors", "orders/orders"):
            for record in state.find(storage):
                collection = record.get("collection_id", CONNECTORS.split("/")[6])
                if collection in CONNECTORS:
                    keys.setdefault(storage, str(record["id"]))
    return keys


def _connector(number: int) -> Any:
    return {
        "provider_slug": "slack",
        "credential": {"access_token": f"x{number}"},
        "scope_config": {"n": number},
    }


def _connection(number: int) -> Any:
    return {
        "provider": "deputy",
        "name": f"Roster {number}",
        "auth_type": "api_key",
        "credentials": {"api_key": f"k{number}"},
    }


def _stored(number: int) -> Any:
    return {
        "name": f"Feed {number}",
        "authentication_implementation_id": 1,
        "timezone": "UTC",
        "date_format": "c",
        "rate_limit_unit": "minute",
        "rate_limit_duration": 60,
    }


def _order(number: int) -> Any:
    return {"customer": f"Customer {number}", "lines": [{"sku": f"S{number}", "quantity": number % 9 + 1}]}


def _bearer(*tokens: str) -> Credentials:
    return tuple({"authorization": f"Bearer {token}"} for token in tokens)


def _headers(credentials: Credentials, number: int) -> dict[str, str]:
    headers = {"host": "127.0.0.1:4010", "accept": "*/*", "x-number": str(number)}
    return headers | credentials[number % len(credentials)]


def _asked(method: str, path: str, credentials: Credentials, *, query: str = "") -> Make:
    def make(number: int) -> Request:
        asked = query.format(number=17 + number % 3)
        return Request(method, path, asked, _headers(credentials, number))

    return make


def _sent(method: str, path: str, credentials: Credentials, body: Callable[[int], Any]) -> Make:
    def make(number: int) -> Request:
        headers = _headers(credentials, number) | {
            "content-type": "application/json",
            "idempotency-key": f"bench-{number}",
        }
        return Request(method, path, "", headers, json.dumps(body(number)).encode())

    return make


def measure(engine: Engine, kind: str, make: Make, requests: int) -> None:
    """Print the time of one kind of request."""
    numbers = count()
    warm = engine.handle(make(next(numbers)))
    times: list[float] = []
    for _ in range(requests):
        request = make(next(numbers))
        begun = perf_counter()
        engine.handle(request)
        times.append(perf_counter() - begun)
    time = _quarter(times)
    print(f"{kind:20} {warm.status} {len(warm.body):6} B {time * 1e6:7.1f} µs {1 / time:9,.0f}/s")


def _quarter(times: list[float]) -> float:
    """The time that a quarter of them does not exceed."""
    return sorted(times)[len(times) // 4]


class Stopwatch:
    """The times spent in each of several functions, without that of the others they call."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self._inner: list[float] = []

    def timed(self, function: Callable[..., Any], name: str = "") -> Callable[..., Any]:
        """The function, timed under its name."""
        named = name or function.__name__

        def run(*arguments: Any, **named_arguments: Any) -> Any:
            self._inner.append(0.0)
            begun = perf_counter()
            try:
                return function(*arguments, **named_arguments)
            finally:
                spent = perf_counter() - begun
                self.times[named].append(spent - self._inner.pop())
                if self._inner:
                    self._inner[-1] += spent

        return run


def print_stages(engine: Engine, make: Make, requests: int) -> None:
    """Print the time of each stage of one kind of request."""
    watch = Stopwatch()
    before = dict(vars(engine_module))
    for name in ("render", "render_error", "check_reply", "write", "_recorded"):
        setattr(engine_module, name, watch.timed(before[name]))
    pipeline = engine._pipeline
    engine._pipeline = _timed_pipeline(pipeline, watch)
    handle = watch.timed(engine.handle, "the rest")
    for number in range(requests):
        handle(make(1_000_000 + number))
    vars(engine_module).update(before)
    engine._pipeline = pipeline
    for name, times in watch.times.items():
        print(f"    {name:20} {_quarter(times) * 1e6:7.1f} µs")


def _timed_pipeline(pipeline: Pipeline, watch: Stopwatch) -> Pipeline:
    def timed(steps: tuple[Callable[..., Any], ...]) -> tuple[Callable[..., Any], ...]:
        return tuple(watch.timed(step) for step in steps)

    orders = {
        name: Order(timed(order.before), timed(order.within)) for name, order in pipeline.orders.items()
    }
    return Pipeline(timed(pipeline.first), orders, timed(pipeline.after))


def print_calls(engine: Engine, make: Make) -> None:
    """Print how many files and functions of this package one request enters."""
    entered: set[tuple[str, str]] = set()
    calls = 0

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OWN_CODE):
            entered.add((code.co_filename, code.co_qualname))
            calls += 1

    request = make(2_000_000)
    sys.setprofile(profile)
    engine.handle(request)
    sys.setprofile(None)
    files = {file for file, _ in entered}
    print(f"    {len(files)} files, {len(entered)} functions, {calls} calls")


if __name__ == "__main__":
    main()
