"""What a record shows of a thing: which members a client set, which never change, and when two values are the
same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from math import isclose
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from contract_tests.checks.lib.values import NAMES, STATES, required_only
from contract_tests.evidence.citations import Citations, facts_of, without_statuses
from contract_tests.evidence.levels import is_place, stating
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, Parameter, cited
from contract_tests.openapi.list_parameters import is_filter
from contract_tests.openapi.pointers import parts
from contract_tests.openapi.resources import Resource
from contract_tests.openapi.schemas import Schema, is_date_time
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.session.session import SUCCESS, Created, Session
from contract_tests.verdicts import Inconclusive, Skipped

_MADE = re.compile(r"(created|granted|made|started|inserted)(_?at|_?on)?", re.IGNORECASE)
_CHANGED = re.compile(r"(updated|modified|changed)(_?at|_?on)?", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_SECRET = re.compile(r"pass(word|wd)|secret|token|api_?key|credential|private_?key", re.IGNORECASE)
_MASK = re.compile(r"[*•]{3}|[xX]{4}")
_OWN = re.compile(
    r"(.*_)?(views?|version|revision|etag|href|self|links?)|.*(_c|C|^c)ount|(created|updated|modified)_?by|owner",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^<>]*>")
_LONGEST = 80

LONGER_THAN_A_SECOND: Final = 1.1
"""Seconds after which a clock that counts seconds shows another time."""

READING: Final = ("X14",)
"""What stands behind an assertion on something that a server may do and no document speaks of."""


def success_schema(operation: Operation, pointer: str) -> Schema | None:
    """The schema of what a success of the operation carries at a place, or None."""
    schema = operation.success_schema
    for name in parts(pointer):
        schema = None if schema is None else schema.properties.get(name)
    return schema


def shown_members(operation: Operation | None, resource: Resource) -> dict[str, Schema]:
    """The members of one thing as the operation documents to show it."""
    schema = None if operation is None else success_schema(operation, resource.record_pointer)
    return {} if schema is None else schema.properties


def echoed_members(operation: Operation, resource: Resource) -> dict[str, Schema]:
    """The members a client sends that the thing then shows under the same name, wherever the document says
    what is shown of it."""
    if operation.body is None:
        return {}
    answers = [shown_members(each, resource) for each in (operation, resource.read)]
    documented = [each for each in answers if each] or [shown_members(resource.create, resource)]
    return {
        name: schema
        for name, schema in operation.body.schema.properties.items()
        if not is_envelope(name, schema)
        and not is_marked(schema, "readOnly")
        and not is_marked(schema, "writeOnly")
        and all(name in shown and _may_show(shown[name], schema) for shown in documented)
    }


def _may_show(shown: Schema, sent: Schema) -> bool:
    """Whether a member of an answer can be the one that was sent: not where a list of names was sent and a
    list of the objects they name is shown."""
    if is_marked(shown, "readOnly") or is_marked(shown, "writeOnly") or not _are_alike(shown, sent):
        return False
    narrowing = ("enum", "format", "pattern") if "string" in sent.types else ("enum",)
    if any(word in shown.flat and word not in sent.flat for word in narrowing):
        # Of any text that may be sent only some can be shown.
        return False
    if shown.items is None or sent.items is None:
        return _shows_all(shown, sent)
    return _are_alike(shown.items, sent.items) and _shows_all(shown.items, sent.items)


def _shows_all(shown: Schema, sent: Schema) -> bool:
    """Whether an object is documented to show every member that may be sent in it, or which it shows is not
    documented."""
    return not shown.properties or sent.properties.keys() <= shown.properties.keys()


def _are_alike(one: Schema, other: Schema) -> bool:
    """Whether a value may satisfy both schemas as far as their types say."""
    types = [
        {"number" if name == "integer" else name for name in each.types if name != "null"}
        for each in (one, other)
    ]
    return not types[0] or not types[1] or bool(types[0] & types[1])


def is_envelope(name: str, schema: Schema) -> bool:
    """Whether a member of a body holds the thing as a whole: the server adds its own members there."""
    return name == "data" and "object" in schema.types


def may_be_sent(operation: Operation, name: str) -> bool:
    """Whether the document has a member of this name in some form of the body, and not as readOnly."""
    if operation.body is None:
        return False
    schema = operation.body.schema
    forms = [schema.inner(form) for word in ("oneOf", "anyOf") for form in schema.flat.get(word, ())]
    found = [form.properties[name] for form in (schema, *forms) if name in form.properties]
    return any(not is_marked(form, "readOnly") for form in found)


def is_marked(schema: Schema, mark: str) -> bool:
    """Whether a member is readOnly or writeOnly."""
    return schema.flat.get(mark) is True


def is_servers_own(operation: Operation, name: str, schema: Schema, resource: Resource) -> bool:
    """Whether a server may set a member of a body itself and pass over what is sent: an optional one that no
    example shows and that is called like an id, a time or a count. Many documents have one schema for what is
    sent and what is shown."""
    body = operation.body
    if body is None or name in body.schema.flat.get("required", ()):
        return False
    if any(isinstance(shown, Mapping) and name in shown for shown in body.examples.values()):
        return False
    is_time = is_made_at(name, schema) or is_changed_at(name, schema)
    return name == resource.id_member or is_time or _OWN.fullmatch(name) is not None


def member_cites(build: RequirementBuilder, operation: Operation, name: str) -> tuple[str, ...]:
    """What stands behind a member of a body: its own citations, else the body's; only the decision that
    leaves it open.
    """
    left_open = build.left_open(operation, f"body.{name}.value")
    if left_open is not None:
        return (left_open,)
    assert operation.body is not None  # noqa: S101 - asked for members of a body
    schema = operation.body.schema.properties.get(name)
    return (cited(schema.flat) if schema is not None else ()) or operation.body.cites


def shown_cites(
    build: RequirementBuilder, operation: Operation, resource: Resource, name: str
) -> tuple[str, ...]:
    """What says that a thing shows a member: its own citations in the answer, else those of the answer.
    Nothing where no answer is documented to show it."""
    for each in (operation, resource.read, resource.create):
        member = shown_members(each, resource).get(name)
        if each is not None and member is not None:
            return without_statuses(cited(member.flat) or each.success_cites, build.citations)
    return ()


def is_made_at(name: str, schema: Schema) -> bool:
    """Whether a member says when the thing came to be."""
    return schema.flat.get("format") == "date-time" and _MADE.fullmatch(name) is not None


def is_changed_at(name: str, schema: Schema) -> bool:
    """Whether a member says when the thing last changed."""
    return schema.flat.get("format") == "date-time" and _CHANGED.fullmatch(name) is not None


def fixed_members(resource: Resource) -> list[str]:
    """The members of a thing that stay what they are: its id, its parents' and the moment it was made."""
    shown = shown_members(resource.create or resource.read, resource)
    return [
        name
        for name, schema in shown.items()
        if name == resource.id_member
        or is_made_at(name, schema)
        or any(names_parent(name, parent, resource) for parent in resource.parents)
    ]


def steady_members(resource: Resource, record: Mapping[str, Any]) -> list[str]:
    """The members that only a client changes: what never changes, texts, booleans and objects, without the
    state and the time of change of a thing that a server may still be busy with after its creation, and for
    clocks: an object that says what time is `now`.
    """
    moving = {"updated_at", "status", "state"} if resource.create is not None else set()
    return [
        *fixed_members(resource),
        *(
            name
            for name, value in record.items()
            if isinstance(value, str | bool | dict) and name not in moving and not _is_clock(value)
        ),
    ]


def _is_clock(value: Any) -> bool:
    return isinstance(value, Mapping) and instant(value.get("now")) is not None


def names_parent(member: str, parent: str, resource: Resource) -> bool:
    """Whether a member such as `collection_connector_id` names what the parameter `connector_id` does. The
    member that holds the thing's own id names no parent, although both may be called `id`."""
    if member == resource.id_member:
        return False
    return member == parent or (parent.endswith("_id") and member.endswith(f"_{parent}"))


def instant(value: Any) -> datetime | None:
    """The moment a date-time names, however it is written; None for anything else."""
    if not isinstance(value, str) or not is_date_time(value):
        return None
    try:
        return datetime.fromisoformat(value.upper().replace(" ", "T"))
    except ValueError:
        return None


def spelled(name: str, members: Iterable[str]) -> str | None:
    """The member of that name, in the same spelling or another (`field_tags`, `fieldTags`), or None."""
    known = list(members)
    return name if name in known else next((each for each in known if _letters(each) == _letters(name)), None)


@lru_cache(maxsize=4096)
def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values say the same: moments as moments, digits as numbers, UUIDs in letters of either
    case, addresses in their normal form, lists of plain values in any order.
    """
    moments = instant(one), instant(other)
    if moments[0] is not None and moments[1] is not None:
        return moments[0] == moments[1]
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        if any(isinstance(each, dict | list) for each in (*one, *other)):
            return len(one) == len(other) and all(map(same, one, other))
        return sorted(map(str, one)) == sorted(map(str, other))
    if isinstance(one, str) != isinstance(other, str) and None not in (one, other):
        return str(one) == str(other)
    return _alike(one, other)


def _alike(one: Any, other: Any) -> bool:
    """Whether two values of one type say the same; some stores keep seven digits of a fraction."""
    are_numbers = isinstance(one, int | float) and isinstance(other, int | float)
    if are_numbers and float in (type(one), type(other)):
        return isclose(one, other, rel_tol=1e-6)
    return bool(_folded(one) == _folded(other))


def _folded(value: Any) -> Any:
    """A UUID in small letters, the host of a web or mail address in small letters and without the slash that
    stands for an empty path (RFC 3986 section 6.2), anything else as it is."""
    if not isinstance(value, str):
        return value
    if _UUID.fullmatch(value):
        return value.lower()
    if _EMAIL.fullmatch(value):
        name, _, host = value.partition("@")
        return f"{name}@{host.lower()}"
    return _folded_uri(value) if "://" in value else value


def _folded_uri(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        return value
    scheme, host = parts.scheme.lower(), parts.netloc.lower()
    return parts._replace(scheme=scheme, netloc=host, path=parts.path or "/").geturl()


def holds_all_of(sent: Any, shown: Any) -> bool:
    """Whether an object or a list shows everything that was sent, perhaps beside what it held before.

    An update may merge objects and append to lists unless a document says otherwise.
    """
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        return all(
            name in shown and (same(value, shown[name]) or holds_all_of(value, shown[name]))
            for name, value in sent.items()
        )
    if isinstance(sent, list) and isinstance(shown, list):
        return all(any(same(value, each) for each in shown) for value in sent)
    return False


def differences(sent: Mapping[str, Any], shown: Any, names: Iterable[str]) -> Iterator[tuple[str, Any, Any]]:
    """The members that show another value than the one sent; an absent one shows None."""
    record = shown if isinstance(shown, Mapping) else {}
    for name in names:
        found = record.get(spelled(name, record) or name)
        if name not in sent or same(sent[name], found):
            continue
        is_empty = sent[name] in ([], {})
        if not (is_empty and spelled(name, record) is None):  # a server may leave out what is empty
            yield name, sent[name], found


def hold(
    session: Session,
    sent: Mapping[str, Any],
    exchange_record: tuple[Exchange | None, Any],
    names: Collection[str],
    *,
    what: str,
    readings: Iterable[str] = (),
    filled_in: Collection[str] = (),
) -> None:
    """A record has to show what was sent; raises Broken for the first difference.

    what: "as it was sent". readings: decisions on which it rests besides. filled_in: members whose objects
    the server may complete, with defaults and ids.
    """
    exchange, record = exchange_record
    for name, wanted, found in differences(sent, record, names):
        if name in filled_in and _completes(wanted, found):
            continue
        absent = not (isinstance(record, Mapping) and spelled(name, record) is not None)
        may_differ = (
            _may_be_left_out(session, name, wanted) if absent else _may_be_shown_for(name, wanted, found)
        )
        session.broken(
            expected=f"{name} {in_short(wanted)} {what}",
            received="no such member" if absent else in_short(found),
            exchange=exchange,
            readings=(*readings, *(READING if may_differ else ())),
        )


def _may_be_left_out(session: Session, name: str, value: Any) -> bool:
    """Whether a server that leaves out secrets, and members with their default or with the empty value of
    their type, shows no such member."""
    return value in (False, 0, "") or is_secret(name) or is_default(session, name, value)


def is_secret(name: str) -> bool:
    """Whether a member is called like a secret."""
    return _SECRET.search(name) is not None


def is_default(session: Session, name: str, value: Any) -> bool:
    """Whether some body of the contract has a member of that name with that default."""
    bodies = [each.body for each in session.contract.operations.values() if each.body is not None]
    members = [body.schema.properties[name].flat for body in bodies if name in body.schema.properties]
    return any("default" in flat and same(flat["default"], value) for flat in members)


def _may_be_shown_for(name: str, sent: Any, shown: Any) -> bool:
    """Whether a server shows one value for the other that completes objects, rounds numbers, masks secrets,
    removes markup from texts, or writes codes and labels in letters of one case. No document says that it
    does, and none that it does not."""
    if isinstance(sent, str) and isinstance(shown, str):
        is_masked = is_secret(name) and _MASK.search(shown) is not None
        is_other_case = name not in NAMES and sent.casefold() == shown.casefold()
        return is_masked or is_other_case or _without_markup(sent) == _without_markup(shown)
    if isinstance(sent, list) and isinstance(shown, list):
        return sorted(str(each).casefold() for each in sent) == sorted(str(each).casefold() for each in shown)
    if isinstance(sent, float) and isinstance(shown, int | float):
        return any(round(sent, digits) == shown for digits in range(5))
    return isinstance(sent, Mapping) and _completes(sent, shown)


def _without_markup(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", text).split())


def hold_steady(
    session: Session,
    resource: Resource,
    earlier: Mapping[str, Any],
    exchange_record: tuple[Exchange | None, Any],
    again: Callable[[], tuple[Exchange | None, Any]],
    *,
    what: str,
    sent: Collection[str] = (),
) -> None:
    """A record has to show the steady members that an earlier answer showed.

    again: looks once more. A member that then shows another value still moves by itself, as a signed link
    does, and is passed over. One that the client did not send, and that stays what it has become, is the
    server's to say. sent: the members that the client sent.
    """
    exchange, record = exchange_record
    if not isinstance(record, Mapping):
        return  # a file, or nothing: it shows no members
    names = [name for name in steady_members(resource, earlier) if name in earlier]
    differing = [name for name, _, _ in differences(earlier, record, names)]
    if not differing:
        return
    latest = again()[1]
    if not isinstance(latest, Mapping):
        return
    moving = {name for name, _, _ in differences(record, latest, differing)}
    own = {*fixed_members(resource), resource.id_member, *sent}
    for name in differing:
        if name not in moving:
            readings = () if name in own else READING
            hold(session, earlier, (exchange, record), [name], what=what, readings=readings)


def objects_filled_in(operation: Operation | None) -> frozenset[str]:
    """The members of a body whose objects have documented members of their own, which a server may complete;
    an object of any form is the client's."""
    members = operation.body.schema.properties if operation is not None and operation.body is not None else {}
    return frozenset(name for name, schema in members.items() if any(map(_has_members, _branches(schema))))


def _branches(schema: Schema) -> Iterator[Schema]:
    yield schema
    for keyword in ("anyOf", "oneOf"):
        yield from map(schema.inner, schema.flat.get(keyword, ()))


def _has_members(schema: Schema) -> bool:
    return bool(schema.properties) or (schema.items is not None and bool(schema.items.properties))


def _completes(sent: Any, shown: Any) -> bool:
    """Whether an object shows everything that was sent, and perhaps more."""
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        return all(name in shown and _completes(value, shown[name]) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(shown, list) and len(sent) == len(shown):
        return all(map(_completes, sent, shown))
    return same(sent, shown)


def reread(session: Session, created: Created) -> tuple[Exchange | None, Any]:
    """What a read shows now, or the list without a read. Raises Broken when it is not there."""
    resource = created.resource
    if resource.read is not None:
        exchange = session.expect(
            session.call(resource.read.id, path=created.path),
            SUCCESS,
            what=f"for {resource.name} {created.id}, which exists",
        )
        record = record_of(exchange, resource)
        if exchange.media_type == "text/plain" and not isinstance(exchange.parsed, Mapping):
            raise Inconclusive(f"{resource.read.id} answers a text, whose members are not known")
        return exchange, record
    if resource.list is None:
        raise Skipped(f"{resource.name} can be neither read nor listed")
    found = session.find(created)
    if found is None:
        missing(session, created)
    return session.exchanges[-1], found


def may_be_hidden(session: Session, created: Created) -> bool:
    """Whether a list may leave out a new thing that it would show in another state: the list has a filter
    with a default, or shows a new thing that was made with the required members alone."""
    create, listing = created.resource.create, created.resource.list
    assert create is not None and listing is not None  # noqa: S101, PT018 - asked of things made and listed
    filters = [each for each in listing.of("query") if is_filter(each)]
    if any(_leaves_out(each, created.record) for each in filters):
        return True
    body = required_only(create, session.valid.body(create))
    members = create.body.schema.properties if create.body else {}
    if not any(says_state(name, schema) for name, schema in members.items() if name not in body):
        return False
    path = {name: created.path[name] for name in created.resource.created_below}
    exchange = session.call(create.id, path=path, body=body)
    return exchange.ok and session.find(session.created(created.resource, exchange, path)) is not None


def _leaves_out(parameter: Parameter, record: Any) -> bool:
    """Whether the default of a filter is not what a thing shows under its name."""
    if "default" not in parameter.schema.flat:
        return False
    shown = record if isinstance(record, Mapping) else {}
    member = spelled(parameter.name, shown)
    return member is None or not same(shown[member], parameter.schema.flat["default"])


def says_state(name: str, schema: Schema) -> bool:
    """Whether a member can say in which state a thing is: a truth value, one of some words, or a status."""
    return name in STATES or "boolean" in schema.types or "enum" in schema.flat


def listed_ids(session: Session, resource: Resource, path: Mapping[str, Any]) -> list[str]:
    """The ids of all things of a list, over all its pages; empty without a list."""
    everything = session.walk(resource, path=path) if resource.list is not None else []
    return [str(resource.id_in(item)) for item in everything if isinstance(item, Mapping)]


def listed_alike(
    session: Session, resource: Resource, path: Mapping[str, Any], sent: Iterable[Any]
) -> frozenset[str]:
    """The ids of the things of a list that show what one of some bodies sent; none where nothing shows it."""
    if resource.create is None:
        return frozenset()
    echoed = echoed_members(resource.create, resource)
    objects = [body for body in sent if isinstance(body, Mapping)]
    bodies = [{name: body[name] for name in echoed if name in body} for body in objects]
    return frozenset(
        str(resource.id_in(item))
        for item in session.walk(resource, path=path)
        if any(_shows(item, body) for body in bodies)
    )


def _shows(item: Any, sent: Mapping[str, Any]) -> bool:
    """Whether a thing shows some of what was sent, and nothing else in its place."""
    shown = [name for name in sent if isinstance(item, Mapping) and spelled(name, item) is not None]
    return bool(shown) and not any(differences(sent, item, shown))


def missing(session: Session, created: Created) -> NoReturn:
    """The thing is not in the list that was just read."""
    session.broken(
        expected=f"{created.resource.name} {created.id} in its list",
        received="a list without it",
        exchange=session.exchanges[-1],
    )


def stated(session: Session, operation: Operation, status: int) -> tuple[str, ...]:
    """The documented facts that state a status of an operation together with what it is for; none where only
    the file lists it, or where no document does."""
    return stated_by(session.citations, session.contract, operation, status)


def stated_by(citations: Citations, contract: Contract, operation: Operation, status: int) -> tuple[str, ...]:
    """The same, while requirements are built."""
    response = operation.response(status)
    facts = () if response is None else facts_of(response.cites, citations)
    return tuple(
        cite for cite in facts if cite in citations.facts and citations.is_certain(cite, contract.name)
    )


def stated_alone(session: Session, operation: Operation, situation: str) -> tuple[str, ...]:
    """The documented facts that state the one status a situation has; none where several are open to it."""
    allowed = session.context.allowed(operation, situation)
    if allowed is None or len(allowed.statuses) != 1:
        return ()
    return stated(session, operation, *allowed.statuses)


def stating_facts(session: Session, operation: Operation) -> tuple[str, ...]:
    """The facts that say what an operation does; none where the file of an API is all that speaks for it."""
    return stating(operation.cites, session.citations, session.contract)


def reading_of_a_file(cites: Iterable[str], contract: Contract) -> tuple[str, ...]:
    """What an assertion needs besides its citations: a reading of ours where the file of an API is all that
    speaks for it, nothing where facts do."""
    return READING if any(is_place(cite, contract) for cite in cites) else ()


def record_of(exchange: Exchange, resource: Resource) -> Any:
    """The thing an answer carries: at its documented place, else the whole body."""
    return resource.record_in(exchange.parsed)


def in_short(value: Any) -> str:
    """A value on part of a line."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
