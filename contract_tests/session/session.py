"""A check's hands: it calls, expects, creates, reads and looks up; what it creates is deleted afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Operation
from contract_tests.openapi.paging import following
from contract_tests.openapi.pointers import at
from contract_tests.openapi.resources import Resource
from contract_tests.requirements.results import Inconclusive, Skipped
from contract_tests.session.calls import (
    DEFAULT,
    PREPARED,
    SUCCESS,
    Calls,
    Default,
    StoppedError,
    described,
    in_words,
)

__all__ = [
    "DEFAULT",
    "PREPARED",
    "SUCCESS",
    "Created",
    "Session",
    "StoppedError",
    "described",
    "in_words",
]

T = TypeVar("T")

PAGES = 50
"""How many pages of a list are followed at most."""

CONTROL_SECONDS = 45.0
"""How long a positive control of an operation speaks for its refusals."""


@dataclass(frozen=True, slots=True)
class Created:
    """A thing a session made.

    path: every path value that names it. record: as the answer to its creation showed it.
    """

    resource: Resource
    id: Any
    record: Any
    exchange: Exchange
    path: Mapping[str, Any]


class Session(Calls):
    """One check's view of the implementation. Its exchanges are judged passively once the check is over."""

    def positive(self, operation: str, path: Mapping[str, Any] | None = None) -> None:
        """The positive control of a refusal: a plain valid call has succeeded within the same minute, or does
        so now.

        path: as for `call`; without it the things named are `subject`'s. Raises Inconclusive when it does not
        succeed.
        """
        held = self.bench.controls.get(operation)
        if held is None or time.monotonic() - held > CONTROL_SECONDS:
            self.control(self.call(operation, path=self.subject(operation) if path is None else path))
            self.bench.controls[operation] = time.monotonic()

    def create(
        self,
        resource: Resource | str,
        *,
        under: Created | Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
        **members: Any,
    ) -> Created:
        """Make a thing; `members` are laid over a valid body.

        under: its parent, or path values; without it parents that can be created are, others are the known
        ones. Raises Inconclusive when it cannot be created.
        """
        kind = self.resources.named(resource) if isinstance(resource, str) else resource
        if kind.create is None:
            raise Skipped(f"{kind.name} cannot be created")
        path = (
            self.subject(kind.create.id)
            if under is None
            else under.path
            if isinstance(under, Created)
            else under
        )
        body: Any = PREPARED
        if members:
            body = {**(self.valid.body(kind.create) or {}), **members}
        exchange = self.control(self.call(kind.create.id, path=path, body=body, credential=credential))
        return self.created(kind, exchange, path)

    def created(self, resource: Resource, exchange: Exchange, path: Mapping[str, Any]) -> Created:
        """What a successful answer to a creation made. path: the values it was called with.

        Raises Inconclusive when the answer names no id.
        """
        found = at(exchange.parsed, resource.id_pointer)
        if found is None or isinstance(found, dict | list):
            raise Inconclusive(
                f"the answer to {exchange.sent.operation} names no id at {resource.id_pointer}"
            )
        whole = {name: path[name] if name in path else self.known(name) for name in resource.parents}
        record = at(exchange.parsed, resource.record_pointer)
        return Created(resource, found, record, exchange, {**whole, resource.key: found})

    def subject(self, operation: str, *, fresh: bool | None = None) -> dict[str, Any]:
        """Path values good for a successful call: freshly made things where they can be made, known ones
        elsewhere, in the state the operation needs: with a job under way to cancel, set up to take back.

        fresh: by default only for operations that change something; an operation that reads takes known
        things if the target names them. Raises Skipped or Inconclusive when something is neither known nor
        can be made.
        """
        called = self.contract.operation(operation)
        makeable = [
            one for name in called.path_parameters if (one := self.resources.keyed(name)) and one.create
        ]
        unknown = any(one.key not in self.target.known for one in makeable)
        changes = not called.is_safe or self.resources.put_there(called) is not None
        makes = unknown or (changes if fresh is None else fresh)
        values: dict[str, Any] = {}
        for name in called.path_parameters:
            kind = self.resources.keyed(name)
            made = makes and kind is not None and kind in makeable
            values[name] = self.create(kind, under=values).id if made and kind else self.known(name)
        self.ready(called, values)
        return values

    def ready(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """Bring things into the state an action needs: a job to cancel, something set up to take back or to
        show, a thing that the body names as a path would.

        Raises Inconclusive when they cannot be brought there.
        """
        named = operation.body.schema.properties if operation.body is not None else {}
        for kind in self.resources.all:
            acts_on_job = operation.path.startswith(f"{kind.collection}/") and not operation.is_safe
            if kind.create and acts_on_job and kind.key not in operation.path_parameters:
                self.create(kind, under=values)
            elsewhere = kind.create and kind.create is not operation and not kind.parents
            if elsewhere and kind.key in named and operation.id not in self.target.bodies:
                self.valid.named[kind.key] = self.create(kind).id
        put_there = self.resources.put_there(operation)
        if put_there is not None:
            self.control(self.call(put_there.id, path=values))
        opposite = self.resources.opposite(operation)
        if opposite is not None:
            situation = "repeat_reset" if opposite.method == "DELETE" else "repeat_setup"
            already = self.bench.accepted(situation, opposite)[0] or frozenset()
            self.control(self.call(opposite.id, path=values), SUCCESS | already)

    def read(self, created: Created, *, credential: str | Default | None = DEFAULT) -> Any:
        """The thing as a read shows it now, or as its list does where there is no read.

        Raises Inconclusive when it is not found.
        """
        kind = created.resource
        if kind.read is not None:
            exchange = self.control(self.call(kind.read.id, path=created.path, credential=credential))
            record = at(exchange.parsed, kind.record_pointer)
            return exchange.parsed if record is None else record
        found = self.find(created, credential=credential)
        if found is None:
            raise Inconclusive(f"the new {kind.name} {created.id} is not in its list")
        return found

    def find(self, created: Created, *, credential: str | Default | None = DEFAULT) -> Any | None:
        """The thing as its list shows it, or None. Raises Skipped for a resource without a list."""
        member = created.resource.id_member
        everything = self.walk(created.resource, path=created.path, credential=credential)
        return next(
            (one for one in everything if isinstance(one, dict) and one.get(member) == created.id), None
        )

    def items(self, exchange: Exchange, resource: Resource) -> list[Any]:
        """The things of one page. Raises Inconclusive when the answer holds no array."""
        body = exchange.parsed
        documented = resource.items_pointer
        named = ["/data", "", f"/{resource.name}"] if documented is None else [documented, ""]
        for pointer in named:
            found = at(body, pointer)
            if isinstance(found, list):
                return found
        raise Inconclusive(
            f"the answer to {exchange.sent.operation} holds no array at {named[0] or 'its top'}"
        )

    def pages(
        self,
        resource: Resource | str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
    ) -> Iterator[Exchange]:
        """Each page of a list, PAGES at most.

        Raises Skipped without a list, Inconclusive when the first page is refused, Broken when a page is that
        the one before named.
        """
        kind = self.resources.named(resource) if isinstance(resource, str) else resource
        if kind.list is None:
            raise Skipped(f"{kind.name} cannot be listed")
        asked: dict[str, Any] | None = dict(query or {})
        for number in range(PAGES):
            if asked is None:
                return
            exchange = self.call(kind.list.id, path=path, query=asked, credential=credential)
            if number:
                self.expect(exchange, SUCCESS, what="for the page that the one before named")
            yield self.control(exchange)
            asked = following(kind.list, asked, exchange.parsed, count=len(self.items(exchange, kind)))

    def walk(
        self,
        resource: Resource | str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
    ) -> list[Any]:
        """Every item of a list over all its pages."""
        kind = self.resources.named(resource) if isinstance(resource, str) else resource
        found = self.pages(kind, path=path, query=query, credential=credential)
        return [item for exchange in found for item in self.items(exchange, kind)]

    def wait_until(self, probe: Callable[[], T | None], *, what: str, deadline: float | None = None) -> T:
        """Call `probe` with growing pauses until it returns something; deadline in seconds, else the
        target's.

        Raises Inconclusive when it never does.
        """
        patience = self.target.deadline if deadline is None else deadline
        waited, pause = 0.0, 0.05
        while (found := probe()) is None:
            if waited >= patience:
                raise Inconclusive(f"{what} did not come about within {patience:g} s")
            self.bench.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, 1.0)
        return found

    def clean(self) -> None:
        """Delete what this session created and only that; what is left is noted on the bench."""

        def delete(operation: str, path: Mapping[str, Any], credential: str | None) -> Exchange:
            return self.call(operation, path=path, credential=credential)

        self._cleaning = True
        left = self.ledger.clean(delete, hopeless=self.bench.hopeless)
        self.bench.leftovers += [str(entry) for entry in left]
