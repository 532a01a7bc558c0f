"""A check's view of the implementation: it calls, expects, creates and reads; what it creates is deleted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import parse_qsl, urlsplit

from contract_tests.evidence.levels import is_place
from contract_tests.evidence.statuses import tolerated
from contract_tests.exchange import Exchange
from contract_tests.generation.valid import ValidInputs
from contract_tests.openapi.contract import Operation
from contract_tests.openapi.envelopes import items_in, plain
from contract_tests.openapi.paging import NextPage, following, in_body, is_last, largest, shows_part, usual
from contract_tests.openapi.resources import Resource
from contract_tests.session.cleanup import CleanupRegistry
from contract_tests.session.client import asks_to_wait
from contract_tests.session.context import Allowed, RunContext
from contract_tests.session.creations import Siblings
from contract_tests.session.fixtures import Fixtures
from contract_tests.session.references import References
from contract_tests.session.request import json_in
from contract_tests.session.requests import DEFAULT, PREPARED, Default, RequestBuilder
from contract_tests.session.tracker import CreationTracker, new_id_of
from contract_tests.verdicts import Broken, Inconclusive, Skipped, TargetGone, Unanswered

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

SUCCESS: Final = frozenset(range(200, 300))

IF_MATCH: Final = "If-Match"

_PRECONDITIONS: Final = frozenset({412, 428})
"""Refusals of a request for its `If-Match` (RFC 9110, section 15.5.13; RFC 6585, section 3)."""

PAGES = 50
"""How many pages of a list are followed at most."""

_STATE: Final = frozenset({409, 412, 423, 428})
"""Refusals of a request because of the state of a thing: in use, locked, changed since it was read."""

CONTROL_SECONDS = 45.0
"""How long a positive control of an operation speaks for its refusals."""

_EXCERPT = 160
"""Characters of a refusal that a message quotes."""


class StoppedError(Exception):
    """The run is to end: no further request is sent but those that delete what was created."""


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


class Session:
    """One check's view of the implementation.

    context: what all checks of the contract share. fixtures: the path values the target names. valid: makes
    valid input. requests: completes requests. cleanup: what was created and not deleted yet. exchanges: every
    request with its response, in order, for the response checks to judge once the check is over. lost: what
    was lost on the way and may have had an effect, which makes what came after it unsure. looked_at: the
    collections that were listed. references:
    what bodies name of other things. tracker: notes what was created and deleted. random: repeats with the
    run's seed and `name`.
    """

    def __init__(self, context: RunContext, *, name: str = "session") -> None:
        self.context = context
        self.contract = context.contract
        self.target = context.target
        self.citations = context.citations
        self.resources = context.resources
        self.random = random.Random(f"{context.seed}:{name}")  # noqa: S311 - repeatable on purpose
        self.exchanges: list[Exchange] = []
        self.fixtures = Fixtures(context.target, context.deleted_known)
        self.valid = ValidInputs(context.target, context.canaries, self.random, self.unique, context.bodies)
        self.requests = RequestBuilder(context.target, self.fixtures, self.valid)
        self.cleanup = CleanupRegistry(sleep=context.sleep)
        self.lost = ""
        self.looked_at: set[Siblings] = set()
        self._cleaning = False
        self._being_made: list[Resource] = []
        self.references = References(context, self.valid, self.other_id)
        self.tracker = CreationTracker(context, self.fixtures, self.cleanup, self._look)

    def unique(self, prefix: str = "ct") -> str:
        """A text that was not used before: letters, digits and hyphens."""
        return self.context.unique(prefix)

    def made_up_id(self, example: Any, *, uuid: bool = False) -> str:
        """An id that nothing has, in the form of `example`. uuid: the document asks for a UUID.

        Requests that change something are sent to such ids and to what the run created, to nothing else.
        """
        return self.context.permissions.made_up.like(example, uuid=uuid)

    def canary(self, *members: str) -> str:
        """A secret that no response may contain, except those of operations documented to show it.

        members: the names on the way to it in the body.
        """
        return self.context.canaries.make(members)

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = PREPARED,
        content: bytes | None = None,
        credential: str | Default | None = DEFAULT,
        without: Collection[str] = (),
        alone: bool = False,
    ) -> Exchange:
        """Call an operation and return the exchange, whatever its status.

        path: path values; those not given are the target's known ones. query, headers: added to the prepared
        and the required ones, which they replace. body: JSON; a valid one unless given, None for none.
        content: raw bytes instead of a body. credential: a label of the target, None for no credential.
        without: required query parameters and headers to leave out, "Accept" and "Content-Type" included.
        alone: whether to send the credential without others that the operation requires together with it.

        Raises Skipped when the target lacks a path value or a credential, or when the path with these values
        is that of another operation, Unanswered where nothing arrives that can be judged, Broken when this
        very request is never answered while others are.
        """
        called = self._allowed(operation)
        values = self.requests.path_values(called, path)
        self._require_own_path(called, values)
        given = headers or {}
        request = self.requests.build(
            called,
            path=self._under_own_names(called, values),
            query=query or {},
            headers={**self._precondition(called, values, {*given, *without}), **given},
            body=body,
            content=content,
            credential=credential,
            without=without,
            alone=alone,
        )
        creation = self.tracker.begin(called, request, values)
        reads = self.resources.reads(called)
        if reads:
            self.context.settle()
            self._note_looked_at(called, values)
        delivery = self.context.delivery.send(
            request,
            called,
            own_statuses=tolerated(self.citations, self.contract, called),
            on_exchange=self.exchanges.append,
        )
        exchange = delivery.exchange
        if not reads:
            self.context.written = time.monotonic()
        self.tracker.end(called, values, exchange, creation)
        if not delivery.certain and not self._cleaning:
            self.lost = f"an answer of {operation} was lost on the way; whether it took effect is not known"
            raise Unanswered(self.lost)
        if asks_to_wait(exchange):
            raise Unanswered(f"{operation} answers {exchange.status} and asks to wait too long")
        return exchange

    def _require_own_path(self, operation: Operation, path: Mapping[str, Any]) -> None:
        """Raises Skipped where the path with these values is that of another operation."""
        if not self.context.permissions.leads_to(operation, path):
            raise Skipped(f"with {', '.join(map(str, path.values()))} the path is that of another operation")

    def _precondition(
        self, operation: Operation, path: Mapping[str, Any], left_alone: Collection[str]
    ) -> dict[str, str]:
        """`If-Match` with the entity tag that a read shows now, for an operation that takes one on a thing
        (RFC 9110, section 13.1.1), required or not: many servers ask for what their file calls optional.

        Nothing where the path names no thing: a creation in a collection changes none that could be read.

        left_alone: the names of headers that the caller gives or leaves out.
        """
        parameter = operation.parameter(IF_MATCH, "header")
        resource = self.resources.at(operation.place) or self.resources.of(operation)
        is_given = parameter is None or parameter.name.lower() in {name.lower() for name in left_alone}
        if is_given or operation.is_safe or resource is None or resource.read is None:
            return {}
        if resource.key not in path:
            return {}
        try:
            shown = self.call(resource.read.id, path=path)
        except Skipped:  # the target has no credential that may read it
            return {}
        tag = shown.headers.get("etag") if shown.ok else None
        return {} if tag is None else {IF_MATCH: tag}

    def _note_looked_at(self, operation: Operation, path: Mapping[str, Any]) -> None:
        for resource in self.resources.all:
            if resource.list is operation:
                self.looked_at.add(Siblings.of(resource, path))

    def _under_own_names(self, operation: Operation, values: dict[str, Any]) -> dict[str, Any]:
        """The path values as this operation's path tells things apart: by the slug that the creation of a
        thing showed, where other paths name its id."""
        records = self.context.records
        own: dict[str, Any] = {}
        for name, own_name in operation.own_names.items():
            place = operation.places[name]
            resource, record = self.resources.at(place), records.get((place, str(values[name])))
            value = None if resource is None else resource.value_under(own_name, record)
            own |= {} if value is None else {name: value}
        return {**values, **own}

    def expect(
        self,
        exchange: Exchange,
        statuses: str | int | Collection[int] | Allowed | None,
        *,
        what: str = "",
        because: Iterable[str] = (),
        stated: Iterable[str] = (),
        besides: Iterable[str] = (),
    ) -> Exchange:
        """Hold a response against statuses, or against what decisions allow in a situation.

        what: the circumstance, such as "for a body without name". because: the citations it needs; by default
        those of the requirement. stated: the facts that name the status for this very circumstance, where a
        document does: another refusal breaks them and no reading of ours. besides: decisions it needs
        besides.

        A situation without a decision asserts nothing, and None nothing either. A refusal other than those
        that decisions allow, or another success, rests on these decisions as well.
        Returns the exchange; raises Broken.
        """
        operation = self.contract.operation(exchange.sent.operation)
        found = self._allowed_statuses(operation, statuses)
        situation = _situation_of(statuses)
        if situation:
            self.context.answered.setdefault((situation, operation.id), set()).add(exchange.status)
        if found is None or exchange.status in found.statuses:
            return exchange
        allowed = found.statuses
        facts = tuple(stated)
        readings = found.decisions if _is_of_a_class(exchange.status, allowed) and not facts else ()
        is_told = not operation.is_safe or str(exchange.status) in operation.responses
        if allowed <= SUCCESS and exchange.status in _STATE and is_told:
            readings = (*readings, "X14")  # no document says in which states a request is refused
        if exchange.status in _PRECONDITIONS and operation.parameter(IF_MATCH, "header") is not None:
            readings = (*readings, "X14")  # a server may look at the precondition before anything else
        return self.broken(
            expected=f"{in_words(allowed, operation)} {what}".rstrip(),
            received=described(exchange),
            exchange=exchange,
            because=facts or because,
            readings=(*readings, *besides),
        )

    def _allowed_statuses(
        self, operation: Operation, statuses: str | int | Collection[int] | Allowed | None
    ) -> Allowed | None:
        """The statuses as `expect` takes them; None where nothing may be asserted."""
        if statuses is None or isinstance(statuses, Allowed):
            return statuses
        if isinstance(statuses, str):
            return self.context.allowed(operation, statuses)
        allowed = frozenset([statuses] if isinstance(statuses, int) else statuses)
        return Allowed(allowed, self.context.exact_success(operation) if allowed <= SUCCESS else ())

    def control(self, exchange: Exchange, statuses: Collection[int] = SUCCESS) -> Exchange:
        """A precondition or positive control: returns the exchange, raises Inconclusive when it does not
        hold.
        """
        if exchange.status in statuses:
            return exchange
        sent = exchange.sent
        wanted = in_words(statuses, self.contract.operation(sent.operation))
        raise Inconclusive(
            f"{sent.operation} was to answer {wanted} first, but answered {described(exchange)}"
        )

    def broken(
        self,
        *,
        expected: str,
        received: str,
        exchange: Exchange | None = None,
        because: Iterable[str] = (),
        readings: Iterable[str] = (),
    ) -> NoReturn:
        """The promise is not kept. Both are one line each; together they read "expected …, received …".

        because: the citations this assertion needs; by default those of the requirement. readings: decisions
        it needs besides.
        """
        raise Broken(
            expected=expected, received=received, exchange=exchange, because=because, readings=readings
        )

    def call_valid(
        self, operation: str, path: Mapping[str, Any], *, credential: str | Default | None = DEFAULT
    ) -> Exchange:
        """A call with everything as prepared. A body that was made from its schema alone and is refused is
        tried once more with optional members.

        Raises Inconclusive where both are refused: the document may not say all that a body needs.
        """
        exchange = self.call(operation, path=path, credential=credential)
        called, bodies = self.contract.operation(operation), self.context.bodies
        if exchange.status not in (400, 422) or not self.valid.is_made_up(called):
            return exchange
        if operation not in bodies.whole:
            bodies.whole.add(operation)
            again = self.call(operation, path=path, credential=credential)
            if again.status not in (400, 422):
                return again
        bodies.refused[operation] = (
            f"{operation} refuses the bodies made from its schema alone ({described(exchange)});"
            f" give bodies.{operation}"
        )
        raise Inconclusive(bodies.refused[operation])

    def positive(self, operation: str, path: Mapping[str, Any] | None = None) -> None:
        """The positive control of a refusal: a plain valid call has succeeded within the same minute, or does
        so now. Where it would delete for good what the refusal is about, a read of that succeeds.

        path: as for `call`; without it the things named are `subject`'s. Raises Inconclusive when it does not
        succeed.
        """
        held = self.context.controls.get(operation)
        if held is not None and time.monotonic() - held <= CONTROL_SECONDS:
            return
        called = self.contract.operation(operation)
        resource = self.resources.of(called)
        subject = self.subject(operation) if path is None else path
        if resource is not None and resource.read is not None and self.resources.deletes_for_good(called):
            self.control(self.call(resource.read.id, path=subject))
            return
        self.control(self.call_valid(operation, subject))
        self.context.controls[operation] = time.monotonic()

    def create(
        self,
        resource: Resource | str,
        *,
        under: Created | Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
        **members: Any,
    ) -> Created:
        """Make a thing; `members` replace those of a valid body.

        under: its parent, or path values; without it parents that can be created are, others are the known
        ones. Raises Inconclusive when it cannot be created.
        """
        chosen = self._resource(resource)
        if chosen.create is None:
            raise Skipped(f"{chosen.name} cannot be created")
        if chosen in self._being_made:
            raise Inconclusive(f"{chosen.name} cannot be created: it needs one of its own kind first")
        self._being_made.append(chosen)
        try:
            path = self._path_of_new(chosen, chosen.create, under)
            if members:
                prepared = self.valid.body(chosen.create) or {}
                if not isinstance(prepared, Mapping):
                    raise Inconclusive(f"the body of {chosen.create.id} is not an object")
                body = {**prepared, **members}
                exchange = self.call(chosen.create.id, path=path, body=body, credential=credential)
            else:
                exchange = self.call_valid(chosen.create.id, path, credential=credential)
            self.control(exchange)
        finally:
            self._being_made.pop()
        return self.created(chosen, exchange, path)

    def _path_of_new(
        self, resource: Resource, create: Operation, under: Created | Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Every path value of a call that creates: those of `under`, and the key where the call chooses
        it."""
        if under is None:
            return self.subject(create.id)
        given = under.path if isinstance(under, Created) else under
        path = {name: given[name] for name in resource.created_below if name in given}
        elsewhere = set(resource.created_below) - set(resource.parents)
        if path.keys() < elsewhere:
            # Its own path does not name what it is created below.
            return self.subject(create.id)
        if resource.chooses_key:
            path[resource.key] = self.valid.path_value(create, resource.key)
        if create.id in self.valid.named:
            self.references.name_own_keys(create)
        else:
            self.references.name(create)
        return self.requests.path_values(create, path)

    def created(self, resource: Resource, exchange: Exchange, path: Mapping[str, Any]) -> Created:
        """What a successful answer to a creation made. path: the values it was called with.

        Raises Inconclusive when the answer names no id.
        """
        new_id = new_id_of(resource, exchange, path)
        if new_id is None:
            raise Inconclusive(
                f"the answer to {exchange.sent.operation} names no id at {resource.id_pointer}"
            )
        above = {
            name: path[name] if name in path else self.fixtures.known(name, resource.item)
            for name in resource.created_below
        }
        record = resource.record_in(exchange.parsed)
        return Created(resource, new_id, record, exchange, {**above, resource.key: new_id})

    def subject(self, operation: str, *, fresh: bool | None = None) -> dict[str, Any]:
        """Path values good for a successful call: freshly made things where they can be made, known ones
        elsewhere, in the state the operation needs: with a job under way to cancel, set up to take back.

        fresh: by default only for operations that change something; an operation that reads takes known
        things if the target names them. Raises Skipped or Inconclusive when something is neither known nor
        can be made.
        """
        called = self.contract.operation(operation)
        makeable = {
            name: resource
            for name, place in called.places.items()
            if (resource := self.resources.at(place)) is not None and resource.create is not None
        }
        unknown = any(not self.fixtures.has("known", name, called.path) for name in makeable)
        changes = not self.resources.reads(called) or self.resources.put_there(called) is not None
        makes = unknown or (changes if fresh is None else fresh)
        bound = self._bound(called, makeable)
        values: dict[str, Any] = {}
        for name in called.path_parameters:
            resource = makeable.get(name)
            if resource is not None and resource.create is called:
                values[name] = self.valid.path_value(called, name)
            elif makes and resource is not None and name not in bound:
                values[name] = self.create(resource, under=values).id
            else:
                values[name] = self._existing(called, name, values)
        self._require_own_path(called, values)
        self.ready(called, values)
        return values

    def _bound(self, operation: Operation, makeable: Mapping[str, Resource]) -> set[str]:
        """The parameters above a known thing that cannot be made: it exists below the known ones alone."""
        names = operation.path_parameters
        known = [self.fixtures.has("known", name, operation.path) for name in names]
        last = max((i for i, name in enumerate(names) if known[i] and name not in makeable), default=0)
        return {name for i, name in enumerate(names) if i < last and known[i]}

    def _existing(self, operation: Operation, name: str, above: Mapping[str, Any]) -> Any:
        """The known value of a path parameter; for an operation that reads, else one its list shows.

        Raises Skipped when nothing is known.
        """
        resource = self.resources.at(operation.places[name])
        known = self.fixtures.has("known", name, operation.path)
        if known or resource is None or resource.list is None or not self.resources.reads(operation):
            return self.fixtures.known(name, operation.path)
        if resource.list is operation:
            raise Skipped(f"{operation.id} names one of what it lists")
        exchange = self.control(self.call(resource.list.id, path=above))
        ids = [resource.id_in(item) for item in self.items(exchange, resource)]
        listed = next((each for each in ids if each is not None), None)
        return self.fixtures.known(name, operation.path) if listed is None else listed

    def ready(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """Bring things into the state an action needs: a job to cancel, something set up to take back or to
        show, a thing that the body names as a path would.

        Raises Inconclusive when they cannot be brought there.
        """
        for resource in self.resources.all:
            below_all = resource.collection and operation.place.startswith(f"{resource.collection}/")
            acts_on_job = below_all and not self.resources.reads(operation) and not resource.holds(operation)
            if resource.create and acts_on_job:
                self.create(resource, under=values)
        self.references.name(operation, values)
        put_there = self.resources.put_there(operation)
        if put_there is not None and not self.call(operation.id, path=values).ok:
            self.control(self.call(put_there.id, path=values))
        opposite = self.resources.opposite(operation)
        if opposite is not None:
            situation = "repeat_reset" if opposite.method == "DELETE" else "repeat_setup"
            already = self.context.accepted(situation, opposite)[0] or frozenset()
            self.control(self.call(opposite.id, path=values), SUCCESS | already)

    def other_id(self, resource: Resource) -> Any:
        """The id of a thing for a body to name: a new one, a known one, or one of the list; None without."""
        if resource.create is not None and resource not in self._being_made:
            return self.create(resource).id
        if self.fixtures.has("known", resource.key, resource.item):
            return self.fixtures.known(resource.key, resource.item)
        if resource.list is None or resource.parents:
            return None
        exchange = self.call(resource.list.id)
        items = self.items(exchange, resource) if exchange.ok else []
        return next((found for item in items if (found := resource.id_in(item)) is not None), None)

    def read(self, created: Created, *, credential: str | Default | None = DEFAULT) -> Any:
        """The thing as a read shows it now, or as its list does without a read.

        Raises Inconclusive when it is not found.
        """
        resource = created.resource
        if resource.read is not None:
            exchange = self.control(self.call(resource.read.id, path=created.path, credential=credential))
            return resource.record_in(exchange.parsed)
        found = self.find(created, credential=credential)
        if found is None:
            raise Inconclusive(f"the new {resource.name} {created.id} is not in its list")
        return found

    def find(self, created: Created, *, credential: str | Default | None = DEFAULT) -> Any | None:
        """The thing as its list shows it, or None. Raises Skipped for a resource without a list, Inconclusive
        where the list has to be asked for other things than this one."""
        return next(iter(self.find_all(created, credential=credential)), None)

    def find_all(self, created: Created, *, credential: str | Default | None = DEFAULT) -> list[Any]:
        """The thing as often as its list shows it. Raises as `find` does."""
        query = self._asking_for(created)
        everything = self.walk(created.resource, path=created.path, query=query, credential=credential)
        return [
            item
            for item in everything
            if isinstance(item, Mapping) and str(created.resource.id_in(item)) == str(created.id)
        ]

    def _asking_for(self, created: Created) -> dict[str, Any]:
        """The required query values under which a list shows a new thing: `folder_id` of its folder.

        Raises Inconclusive where the thing shows no value for a parameter that names another thing.
        """
        shown: dict[str, Any] = {}
        for part in (json_in(created.exchange.sent.body), created.record):
            shown |= part if isinstance(part, Mapping) else {}
        required = [] if created.resource.list is None else created.resource.list.of("query")
        query: dict[str, Any] = {}
        for parameter in (each for each in required if each.required):
            value = shown.get(parameter.name)
            above = shown.get(parameter.name.removesuffix("_id").removesuffix("Id"))
            if value is None and isinstance(above, Mapping):
                value = above.get("id")
            if value is None and self.resources.referred_to(parameter.name) is not None:
                raise Inconclusive(f"{created.resource.name}: nothing shows which {parameter.name} lists one")
            if value is None:
                continue
            if not parameter.schema.accepts(value):
                raise Inconclusive(f"{created.resource.name}: no {parameter.name} lists one of {value!r}")
            query[parameter.name] = value
        return query

    def items(self, exchange: Exchange, resource: Resource) -> list[Any]:
        """The things of one page. Raises Inconclusive when the answer holds no array of them."""
        found: Sequence[Any] | None = resource.items_of_map(exchange.parsed)
        if found is None:
            found = items_in(exchange.parsed, resource.items_pointer, resource.name)
        if found is None:
            raise Inconclusive(f"the answer to {exchange.sent.operation} holds no array of {resource.name}")
        return [plain(item) for item in found]

    def pages(
        self,
        resource: Resource | str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
    ) -> Iterator[Exchange]:
        """Each page of a list, PAGES at most.

        A page that is only tried, because the one before does not name it, is not yielded where it shows the
        same items again: some servers answer a page beyond the last with the last.

        Raises Skipped without a list, Inconclusive when the first page is refused, Broken when a page is that
        the one before named.
        """
        listed = self._resource(resource)
        if listed.list is None:
            raise Skipped(f"{listed.name} cannot be listed")
        asked: NextPage | None = NextPage(dict(query or {}), is_named=True)
        items: list[Any] = []
        for number in range(PAGES):
            if asked is None:
                return
            exchange = self._page(listed.list, asked, path=path, credential=credential)
            if number and not asked.is_named and self._is_beyond(exchange):
                return
            if number:
                self.expect(exchange, SUCCESS, what="for the page that the one before named")
            before, items = items, self.items(self.control(exchange), listed)
            if not asked.is_named and items and items == before:
                return
            yield exchange
            last = listed.id_in(items[-1]) if items else None
            asked = following(listed.list, asked.query, exchange.parsed, count=len(items), last=last)

    def _page(
        self,
        listing: Operation,
        asked: NextPage,
        *,
        path: Mapping[str, Any] | None,
        credential: str | Default | None,
    ) -> Exchange:
        if not in_body(listing):
            return self.call(listing.id, path=path, query=asked.query, credential=credential)
        prepared = self.valid.body(listing)
        body = {**prepared, **asked.query} if isinstance(prepared, dict) else prepared
        return self.call(listing.id, path=path, body=body, credential=credential)

    def walk(
        self,
        resource: Resource | str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
    ) -> list[Any]:
        """Every item of a list over all its pages, each as large as it may be.

        Raises Inconclusive when the answers do not say how the list goes on.
        """
        listed = self._resource(resource)
        asked = {**({} if listed.list is None else largest(listed.list)), **(query or {})}
        pages = list(self.pages(listed, path=path, query=asked, credential=credential))
        items = [item for exchange in pages for item in self.items(exchange, listed)]
        # The number of the last page, where it is asked for, tells whether it is the last of those counted.
        sent = _asked_for(pages[-1])
        sized = {**({} if listed.list is None else usual(listed.list)), **asked, **sent}
        is_whole = self.is_last(pages[-1], listed, sized) or self._is_beyond(self.exchanges[-1])
        if not is_whole or self._is_part(pages[-1], listed, len(items)):
            raise Inconclusive(f"{listed.name}: the list does not say how it goes on at {len(items)} items")
        return items

    def is_last(self, exchange: Exchange, resource: Resource, query: Mapping[str, Any]) -> bool:
        """Whether a page is known to be the last of its list. query: the one it was asked with."""
        assert resource.list is not None  # noqa: S101 - the page is one of its list
        count = len(self.items(exchange, resource))
        return is_last(resource.list, query, exchange.parsed, count=count)

    def _is_part(self, exchange: Exchange, resource: Resource, count: int) -> bool:
        """Whether a list that only a file describes has pages of which the file does not speak."""
        listing = resource.list
        if listing is None or not any(is_place(cite, self.contract) for cite in listing.cites):
            return False
        return shows_part(listing, exchange.parsed, count=count)

    def _is_beyond(self, exchange: Exchange) -> bool:
        """Whether an answer refuses a page because it is beyond the last."""
        operation = self.contract.operation(exchange.sent.operation)
        refusals, _ = self.context.accepted("page_out_of_range", operation)
        return not exchange.ok and exchange.status in (refusals or ())

    def wait_until(self, probe: Callable[[], T | None], *, what: str, deadline: float | None = None) -> T:
        """Call `probe` with growing pauses until it returns something; deadline in seconds, else the
        target's.

        Raises Inconclusive when it never does, TargetGone as soon as the target answers no more.
        """
        patience = self.target.deadline if deadline is None else deadline
        waited, pause = 0.0, 0.05
        while (found := probe()) is None:
            if waited >= patience:
                raise Inconclusive(f"{what} did not come about within {patience:g} s")
            if self.context.delivery.gone:
                raise TargetGone(self.context.delivery.gone)
            self.context.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, 1.0)
        return found

    def clean(self) -> None:
        """Delete what this session created and only that; what is left is noted in the run context."""
        with self.cleaning():
            left = self.cleanup.clean(self.delete, undeletable=self.context.undeletable)
        self.context.leftovers += [str(entry) for entry in left]
        self.context.left.update(entry.resource.item for entry in left)

    @contextmanager
    def cleaning(self) -> Iterator[None]:
        """Within it requests are sent though the run is to end, since they delete what was created."""
        before, self._cleaning = self._cleaning, True
        try:
            yield
        finally:
            self._cleaning = before

    def delete(self, resource: Resource, path: Mapping[str, Any], credential: str | None) -> bool:
        """Delete an object that the run created. Returns whether it is gone.

        credential: the label that created it; where that may not delete it, the others that could are tried.
        """
        assert resource.delete is not None  # noqa: S101 - asked for such objects only
        for label in self._deleting_credentials(resource.delete, path, credential):
            try:
                exchange = self.call(resource.delete.id, path=path, credential=label)
            except (Broken, Inconclusive, Skipped):
                continue
            if exchange.status == 409 and self._deleted_below(resource, path, label):
                exchange = self.call(resource.delete.id, path=path, credential=label)
            if exchange.ok or exchange.status in (404, 410):
                self.context.creations.deleted(resource, path)
                return True
            if exchange.status not in (401, 403):
                return False
        return False

    def _deleted_below(self, resource: Resource, path: Mapping[str, Any], credential: str | None) -> bool:
        """Delete everything below an object that the run created. Returns whether there was anything."""
        deleted = False
        for inner in self.resources.all:
            is_below = self.resources.parent(inner) is resource
            if is_below and inner.list is not None and inner.delete is not None:
                collection = Siblings.of(inner, path)
                for key in self.listed(collection) or ():
                    deleted |= self.delete(inner, collection.item(key), credential)
        return deleted

    def _deleting_credentials(
        self, operation: Operation, path: Mapping[str, Any], first: str | None
    ) -> list[str | None]:
        """The labels to delete with: the one that created, then those that should be able to."""
        valid = self.target.valid_credentials()
        able = [label for label, held in valid.items() if held.suffices(operation) and held.admits(path)]
        own = [first] if first in valid or operation.is_open else []
        return list(dict.fromkeys([*own, *able])) or [first]

    def listed(self, collection: Siblings) -> dict[str, Any] | None:
        """The records of a collection by their keys; None where it cannot be listed, or shows no key."""
        try:
            items = self.walk(collection.resource, path=dict(collection.above))
        except (Broken, Inconclusive, Skipped):
            return None
        keys = [collection.resource.id_in(item) for item in items]
        if items and all(key is None for key in keys):
            return None
        return {str(key): item for key, item in zip(keys, items, strict=True) if key is not None}

    def _look(self, name: str, collection: Siblings) -> dict[str, Any] | None:
        """What `listed` returns, by requests that are not judged with this session's."""
        looking = Session(self.context, name=name)
        with looking.cleaning():
            return looking.listed(collection)

    def _allowed(self, operation: str) -> Operation:
        if self.context.stopped.is_set() and not self._cleaning:
            raise StoppedError
        called = self.contract.operation(operation)
        if not self.target.third_party and self.context.is_third_party(called):
            raise Skipped(
                f"{operation} reaches a third party, which the target forbids (third_party = false)"
            )
        return called

    def _resource(self, resource: Resource | str) -> Resource:
        return self.resources.named(resource) if isinstance(resource, str) else resource


def _asked_for(exchange: Exchange) -> dict[str, Any]:
    """What a list was asked for, in the query and in the body."""
    body = json_in(exchange.sent.body)
    return {**dict(parse_qsl(urlsplit(exchange.sent.url).query)), **(body if isinstance(body, dict) else {})}


def in_words(statuses: Collection[int], operation: Operation) -> str:
    """Statuses as a person lists them, the documented ones first: "422 or 400"; whole classes as "2xx"."""
    classes = [first for first in range(100, 600, 100) if {*range(first, first + 100)} <= set(statuses)]
    single = [status for status in statuses if status // 100 * 100 not in classes]
    ordered = [
        *map(str, sorted(single, key=lambda status: (str(status) not in operation.responses, status))),
        *(f"{first // 100}xx" for first in classes),
    ]
    return " or ".join(part for part in (", ".join(ordered[:-1]), ordered[-1]) if part)


def _situation_of(statuses: str | int | Collection[int] | Allowed | None) -> str:
    """The situation of an answer, as `expect` takes it; empty where decisions do not speak of it."""
    if isinstance(statuses, Allowed):
        return statuses.situation
    return statuses if isinstance(statuses, str) else ""


def _is_of_a_class(status: int, allowed: Collection[int]) -> bool:
    """Whether a status is a success or a refusal like one of those allowed."""
    return status // 100 in {each // 100 for each in allowed}


def described(exchange: Exchange) -> str:
    """A response in one line: its status, and of a refusal the start of its body."""
    if exchange.status < 400:
        return str(exchange.status)
    body = " ".join(exchange.content.decode("utf-8", "replace").split())
    return f"{exchange.status}: {body[:_EXCERPT]}" if body else str(exchange.status)
