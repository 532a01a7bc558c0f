"""The processor time of a request with few and with many records, in the engine alone.

    python -m benchmarks.flat [--sizes 100 10000 100000] [--rounds 15] [--json FILE]

Each collection is filled in two places: in the scenario, whose records all worlds share ("base"), and in the world itself
("world"). Prints the median time of each operation in microseconds and the ratio of the largest to the smallest size.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from time import process_time
from typing import Any, Literal

from benchmarks.engine import CONNECTIONS, CONNECTORS, ORDERS
from mock_server.app import build_engine
from mock_server.engine import Engine
from mock_server.messages import Request, Response
from mock_server.settings import Settings
from mock_server.store.base import Base

Place = Literal["base", "world"]
REQUESTS = 20
"""The number of requests of each operation in one round."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A collection to fill, and the requests to measure. copy: the n-th record like a given one. filtered, late, sorted_late:
    queries of lists; {size} and {last} stand for the number of records and that of the last page of ten."""

    storage: str
    path: str
    headers: Mapping[str, str]
    body: Callable[[int], Any]
    copy: Callable[[dict[str, Any], int], dict[str, Any]]
    page: str
    filtered: str = ""
    late: str = ""
    sorted_late: str = ""
    follows: bool = False
    key: str = "id"


SUBJECTS = {
    "patchworks connectors": Subject(
        "patchworks/connectors",
        "/api/v1/connectors",
        {"authorization": "Bearer mock-patchworks-admin"},
        lambda number: {
            "name": f"Feed {number}",
            "authentication_implementation_id": 1,
            "timezone": "UTC",
            "date_format": "c",
            "rate_limit_unit": "minute",
            "rate_limit_duration": 60,
        },
        lambda record, number: {
            **record,
            "id": number,
            "name": f"Copy {number * 7919 % 100_003}",
            "canonical_key": f"key-{number % 10}",
            "authentication_implementation_id": number % 3 + 1,
        },
        page="per_page=10",
        filtered="per_page=10&filter[canonical_key]=key-7",
        late="per_page=10&page={last}",
        sorted_late="per_page=10&sort=-name&page={last}",
    ),
    "aimable connectors": Subject(
        "aimable/connectors",
        CONNECTORS,
        {"authorization": "Bearer mock-aimable-admin"},
        lambda number: {
            "provider_slug": "slack",
            "credential": {"access_token": f"x{number}"},
            "scope_config": {},
        },
        lambda record, number: {
            **record,
            "id": f"00000000-0000-4000-8000-{number:012}",
            "collection_id": CONNECTORS.split("/")[-2],
            "space_id": CONNECTORS.split("/")[4],
        },
        page="limit=10",
        follows=True,
    ),
    "hydracore connections": Subject(
        "hydracore/connections",
        CONNECTIONS,
        {"authorization": "Bearer mock-hydracore-admin"},
        lambda number: {
            "provider": "deputy",
            "name": f"Roster {number}",
            "auth_type": "api_key",
            "credentials": {"api_key": f"k{number}"},
        },
        lambda record, number: {
            **record,
            "id": f"00000000-0000-4000-8000-{number:012}",
            "customer_id": CONNECTIONS.split("/")[3],
            "name": f"Copy {number}",
        },
        page="",
    ),
    "inferred orders": Subject(
        "orders/orders",
        "/v1/orders",
        {"x-api-key": "any"},
        lambda number: {
            "customer": f"c{number}",
            "status": "open",
            "lines": [{"sku": "a", "quantity": number}],
        },
        lambda record, number: {**record, "id": number, "status": ("open", "paid", "shipped")[number % 3]},
        page="limit=10",
        filtered="limit=10&status=paid",
        late="limit=10&offset={offset}",
    ),
}


@dataclass(slots=True)
class Stand:
    """An engine whose collection has a number of records."""

    engine: Engine
    subject: Subject
    size: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    created: list[Any] = field(default_factory=list)
    cursor: str = ""

    @classmethod
    def filled(cls, subject: Subject, size: int, place: Place) -> Stand:
        """A new engine with this number of records in the base or in the default world."""
        engine = build_engine(Settings(specs=(ORDERS,)))
        store = engine.world().store
        rows: dict[str, dict[str, Any]] = {
            name: {key: dict(record) for key, record in kept.items()}
            for name, kept in store.base.records.items()
        }
        template = next(iter(rows[subject.storage].values()))
        copies = (subject.copy(template, number) for number in range(1_000, 1_000 + size))
        records = {str(record["id"]): record for record in copies}
        sequences = {**store.base.sequences, subject.storage: 1_000 + size}
        rows[subject.storage] = records if place == "base" else {}
        store.reset(Base.build(rows, sequences=sequences))
        if place == "world":
            with store.transaction() as state:
                for key, record in records.items():
                    state.put(subject.storage, key, record)
        stand = cls(engine, subject, size)
        if subject.follows:
            stand.cursor = stand.far_cursor()
        return stand

    def operations(self) -> dict[str, Callable[[], Response]]:
        """What is measured, by name; deletions delete what creations created."""
        subject = self.subject
        middle = f"{subject.path}/{subject.copy({}, 1_000 + self.size // 2)['id']}"
        last = max(self.size // 10, 1)
        operations: dict[str, Callable[[], Response]] = {"create": self.create}
        if "hydracore" not in subject.storage:
            operations["read"] = lambda: self.ask("GET", middle)
        queries = {
            "page": subject.page,
            "filtered page": subject.filtered,
            "late page": f"limit=10&cursor={self.cursor}" if self.cursor else subject.late,
            "sorted late page": subject.sorted_late,
        }
        for name, query in queries.items():
            if query:
                filled = query.replace("{last}", str(last)).replace("{offset}", str(max(self.size - 10, 0)))
                operations[name] = partial(self.ask, "GET", subject.path, filled)
        operations["delete"] = self.delete
        return operations

    def create(self) -> Response:
        """Create a record."""
        response = self.ask("POST", self.subject.path, body=self.subject.body(next(self.numbers)))
        document = json.loads(response.body)
        self.created.append(document.get("data", document)["id"])
        return response

    def delete(self) -> Response:
        """Delete a record that was created."""
        return self.ask("DELETE", f"{self.subject.path}/{self.created.pop()}")

    def far_cursor(self) -> str:
        """The cursor of a page near the end of the list."""
        cursor, page_size = "", min(100, self.size // 2)
        for _ in range(max(self.size // page_size - 1, 0)):
            query = f"limit={page_size}&cursor={cursor}" if cursor else f"limit={page_size}"
            found = json.loads(self.ask("GET", self.subject.path, query).body)["meta"]["next_cursor"]
            cursor = found or cursor
        return cursor

    def ask(self, method: str, path: str, query: str = "", body: Any = None) -> Response:
        """Send one request. Exits for an error response."""
        headers = dict(self.subject.headers)
        sent = b""
        if body is not None:
            sent = json.dumps(body).encode()
            headers |= {"content-type": "application/json", "idempotency-key": f"flat-{next(self.numbers)}"}
        response = self.engine.handle(Request(method, path, query, headers, sent))
        if response.status >= 300:
            sys.exit(f"{method} {path}?{query} answered {response.status}: {response.body!r}")
        return response


def measure(subject: Subject, sizes: list[int], place: Place, rounds: int) -> dict[str, dict[int, float]]:
    """Operation → size → median microseconds. The sizes are measured in turn."""
    stands = {size: Stand.filled(subject, size, place) for size in sizes}
    samples: dict[str, dict[int, list[float]]] = {}
    for round_number in range(rounds + 1):
        for size, stand in stands.items():
            for name, ask in stand.operations().items():
                began = process_time()
                for _ in range(REQUESTS):
                    ask()
                took = (process_time() - began) / REQUESTS * 1e6
                if round_number:  # the first one builds the indexes
                    samples.setdefault(name, {}).setdefault(size, []).append(took)
    return {
        name: {size: statistics.median(taken) for size, taken in by_size.items()}
        for name, by_size in samples.items()
    }


def main() -> None:
    """Print a table. Exits with 1 where an operation costs more than 1.5 times as much with many records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="where the figures are written as well")
    wanted = parser.parse_args()
    figures: dict[str, Any] = {}
    worst = 0.0
    print(f"| records of | in | operation | {' | '.join(f'{size:,}' for size in wanted.sizes)} | ratio |")
    print(f"|---|---|---|{'---:|' * (len(wanted.sizes) + 1)}")
    for title, subject in SUBJECTS.items():
        places: tuple[Place, ...] = ("base", "world")
        for place in places:
            for name, by_size in measure(subject, wanted.sizes, place, wanted.rounds).items():
                ratio = by_size[wanted.sizes[-1]] / by_size[wanted.sizes[0]]
                worst = max(worst, ratio)
                figures[f"{title}/{place}/{name}"] = {**by_size, "ratio": ratio}
                times = " | ".join(f"{by_size[size]:,.0f}" for size in wanted.sizes)
                print(f"| {title} | {place} | {name} | {times} | {ratio:.2f} |", flush=True)
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n")
    raise SystemExit(worst > 1.5)


if __name__ == "__main__":
    main()
