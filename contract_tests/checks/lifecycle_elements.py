"""Objects in an array of a body, such as the variables of a connector, come back as they were sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from contract_tests.checks.includes import documented_values, member_of, record_members
from contract_tests.checks.lib.records import (
    READING,
    in_short,
    is_marked,
    is_secret,
    reading_of_a_file,
    record_of,
    same,
    spelled,
)
from contract_tests.checks.lib.values import NAMES
from contract_tests.checks.lifecycle_update import update_body
from contract_tests.evidence.citations import Citations, facts_of
from contract_tests.evidence.levels import strongest_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, Parameter, cited
from contract_tests.openapi.list_parameters import INCLUDES
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Created, Session
from contract_tests.verdicts import Broken, Inconclusive, Skipped

ID: Final = "id"
"""The member by which an update names an element that exists."""

_FORMS_OF: Final = {True: (True, 1, "1", "true"), False: (False, 0, "0", "false")}
"""How servers write a truth value."""

Way = tuple[str, ...]
"""The names on the way to a value inside an element."""

Element = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What an operation shows of the elements of one thing. decisions: on how it shows such an element."""

    exchange: Exchange
    elements: list[Element]
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectArray:
    """An array of objects that a body of a resource takes.

    name: the member that holds it. items: the schema of its elements. facts: what speaks for it.
    reading: what every assertion on it needs besides.
    """

    resource: Resource
    name: str
    items: Schema
    facts: tuple[str, ...]
    reading: tuple[str, ...]

    def breach(
        self, view: View, expected: str, received: str, *, readings: tuple[str, ...] | None = None
    ) -> Broken:
        """The difference between what was sent and what a view shows. readings: in the place of its own."""
        return Broken(
            expected=expected,
            received=received,
            exchange=view.exchange,
            because=self.facts,
            readings=self.reading if readings is None else readings,
        )


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """Per array of objects that a creation takes and a read or a list shows, and that an update changes."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        for create, array in _arrays(build, resource, resource.create):
            if _views(resource, array.name):
                title = f"{create.id} keeps every member of each of the {array.name}"
                yield _requirement(build, create, array, title, partial(keeps_members, array=array))
        for update, array in _arrays(build, resource, resource.update):
            sent = dict.fromkeys(each.name for _, each in _arrays(build, resource, resource.create))
            if array.name in sent and ID in _members(array.items) and _views(resource, array.name):
                title = f"{update.id} changes one of the {array.name} by its {ID}, and of it what is sent"
                yield _requirement(build, update, array, title, partial(changes_one, array=array))


def _requirement(
    build: RequirementBuilder, operation: Operation, array: ObjectArray, title: str, check: Any
) -> Requirement:
    return build(
        operation, f"objects.{array.name}", title=title, cites=array.facts, besides=array.reading, check=check
    )


def _arrays(
    build: RequirementBuilder, resource: Resource, operation: Operation | None
) -> Iterator[tuple[Operation, ObjectArray]]:
    """The arrays of objects with documented members that the body of an operation takes."""
    if operation is None or operation.body is None:
        return
    for name, schema in operation.body.schema.properties.items():
        if schema.items is not None and "array" in schema.types and _members(schema.items):
            facts = _facts(schema.items, build.citations) or operation.cites
            reading = reading_of_a_file(facts, build.contract)
            yield operation, ObjectArray(resource, name, schema.items, facts, reading)


def _facts(items: Schema, citations: Citations) -> tuple[str, ...]:
    """What a document says of the elements and of the members inside them."""
    inner = [cite for schema in _members(items).values() for cite in cited(schema.flat)]
    return facts_of([*cited(items.flat), *inner], citations)


def _members(items: Schema) -> dict[str, Schema]:
    """The members of an object in all of its forms."""
    forms = [items.inner(form) for word in ("anyOf", "oneOf") for form in items.flat.get(word, ())]
    return {name: schema for form in (*forms, items) for name, schema in form.properties.items()}


def _views(resource: Resource, name: str) -> list[tuple[Operation, dict[str, str]]]:
    """The operations that show the array, each with the query that asks for it."""
    found = []
    for operation in (resource.read, resource.list):
        members = {} if operation is None else record_members(operation, resource)
        if operation is not None and name in members and members[name].items is not None:
            include = _include_of(operation)
            values = [] if include is None else documented_values(include)
            value = next((each for each in values if member_of(each, {name: None}) == name), None)
            found.append((operation, {} if include is None or value is None else {include.name: value}))
    return found


def _include_of(operation: Operation) -> Parameter | None:
    return next((each for each in operation.of("query") if each.name in INCLUDES), None)


def keeps_members(session: Session, array: ObjectArray) -> None:
    """Each view shows both of two elements, with each member as it was sent where it shows that member, and
    as many as it counts.

    The texts in the elements all differ, and the truth values of one are the opposite of those of the other.
    Raises the best documented of the differences.
    """
    sent = [_element(array.items, session.unique(letter), first=letter == "a") for letter in "ab"]
    created = _made(session, array, sent)[1]
    breaches = list(_miscounted(session, array, created, len(sent)))
    for view in _looked_at(session, array, created):
        shown = [_matching(element, view.elements) for element in sent]
        found = [(element, each) for element, each in zip(sent, shown, strict=True) if each is not None]
        if len(found) < len(sent):
            expected = f"the {len(sent)} of {array.name} that were sent"
            # A server that shows none may show them later, or take none: a document may be at odds on that.
            readings = None if found else READING
            breaches.append(array.breach(view, expected, f"{len(found)} of them", readings=readings))
            continue
        breaches += _differences(array, view, found)
        order = [view.elements.index(each) for _, each in found]
        if order != sorted(order):
            expected = f"{array.name} in the order in which they were sent"
            breaches.append(array.breach(view, expected, "the opposite order", readings=READING))
    if breaches:
        raise strongest_of(breaches, session.citations, session.contract)


def _element(items: Schema, mark: str, *, first: bool | None = None, none: bool = False) -> dict[str, Any]:
    """An element with a text of its own in each member that takes one, and truth values that alternate.

    mark: what the texts end in. first: the first of the truth values; None for true in all of them. none:
    false in all of them.
    """
    found: dict[str, Any] = {}
    truth = first
    for name, schema in _members(items).items():
        text = f"{name}_{mark}"
        if name == ID or is_marked(schema, "readOnly"):
            continue
        if schema.properties:
            found[name] = _element(schema, mark, first=first, none=none)
        elif schema.accepts(True) and schema.accepts(False) and not schema.accepts(text):
            found[name] = truth is not False and not none
            truth = None if truth is None else not truth
        elif "string" in schema.types and schema.accepts(text):
            found[name] = text
    return found


def _made(
    session: Session, array: ObjectArray, elements: Sequence[Element]
) -> tuple[Mapping[str, Any], Created]:
    """The body with some elements and the thing it made. Raises Skipped where they are not taken."""
    create = array.resource.create
    assert create is not None  # noqa: S101 - only such kinds come here
    path = session.subject(create.id)
    session.positive(create.id)
    body = {**session.valid.body(create), array.name: elements}
    exchange = session.call(create.id, path=path, body=body)
    if not exchange.ok:
        raise Skipped(f"{create.id} takes no {array.name} of our own: {exchange.status}")
    return body, session.created(array.resource, exchange, path)


def _looked_at(session: Session, array: ObjectArray, created: Created) -> Iterator[View]:
    """What each operation shows of the elements, where it shows an array of objects."""
    resource = array.resource
    for operation, query in _views(resource, array.name):
        if operation is resource.read:
            exchange = session.control(session.call(operation.id, path=created.path, query=query))
            record = record_of(exchange, resource)
        else:
            listed = session.walk(resource, path=created.path, query=query)
            exchange = session.exchanges[-1]
            record = next((each for each in listed if str(resource.id_in(each)) == str(created.id)), None)
        member = spelled(array.name, record) if isinstance(record, Mapping) else None
        shown = record[member] if isinstance(record, Mapping) and member is not None else None
        if isinstance(shown, list) and all(isinstance(each, Mapping) for each in shown):
            items = record_members(operation, resource)[array.name].items
            cites = () if items is None else cited(items.flat)
            yield View(exchange, shown, tuple(each for each in cites if each in session.citations.decisions))


def _matching(element: Element, shown: Sequence[Element]) -> Element | None:
    """The shown element that has some text of this one: no other was sent with it."""
    texts = {value for _, value in _leaves(element) if isinstance(value, str)}
    return next((each for each in shown if texts & {str(value) for _, value in _leaves(each)}), None)


def _leaves(element: Element, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    """The values inside an element, each with the way to it."""
    for name, value in element.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*way, name))
        else:
            yield (*way, name), value


def _at(element: Any, way: Way) -> Any:
    """What an element shows at the end of a way; a server may show the members of an inner object beside it.
    None where it shows nothing."""
    value = element
    for name in way:
        found = spelled(name, value) if isinstance(value, Mapping) else None
        value = None if found is None else value[found]
    return _at(element, way[-1:]) if value is None and len(way) > 1 else value


def _shows_null(element: Element, way: Way) -> bool:
    """Whether an element shows null at the end of a way, and does not leave the member out."""
    holder = _at(element, way[:-1])
    name = spelled(way[-1], holder) if isinstance(holder, Mapping) else None
    return name is not None and holder[name] is None


def _differences(
    array: ObjectArray, view: View, found: Sequence[tuple[Element, Element]]
) -> Iterator[Broken]:
    """The members that a view shows with another value than was sent, or shows of a secret.

    found: each element as it was sent, and as it is shown.
    """
    for element, shown in found:
        is_secret_one = _is_secret_one(element)
        for way, sent in _leaves(element):
            where, value = f"{array.name}.{'.'.join(way)}", _at(shown, way)
            is_hidden = is_secret_one and way[-1] == "value"
            is_shown = value is not None or (_shows_null(shown, way) and not _may_be_hidden(way, element))
            if is_hidden and value == sent:
                expected = f"no {where} of a secret one"
                yield array.breach(view, expected, "what was sent", readings=view.decisions or READING)
            elif not is_hidden and is_shown and not _is_same(sent, value):
                is_swapped = _is_of_another(way, value, element) or _is_turned_round(way, found)
                expected = f"{where} {in_short(sent)} as it was sent"
                yield array.breach(view, expected, in_short(value), readings=None if is_swapped else READING)


def _is_secret_one(element: Element) -> bool:
    """Whether a truth value of an element says that it holds a secret."""
    return any(value in _FORMS_OF[True] and is_secret(way[-1]) for way, value in _leaves(element))


def _may_be_hidden(way: Way, element: Element) -> bool:
    """Whether a member is the value of an element that says of itself whether it is secret: a server may hide
    that of others too."""
    return way[-1] == "value" and any(is_secret(other[-1]) for other, _ in _leaves(element))


def _is_same(sent: Any, shown: Any) -> bool:
    return shown in _FORMS_OF[sent] if isinstance(sent, bool) else same(sent, shown)


def _is_of_another(way: Way, shown: Any, element: Element) -> bool:
    """Whether a member shows the text of another member: a server that fills it in, or writes it in a way of
    its own, shows no such thing."""
    return isinstance(shown, str) and any(
        value == shown for other, value in _leaves(element) if other != way and isinstance(value, str)
    )


def _is_turned_round(way: Way, found: Sequence[tuple[Element, Element]]) -> bool:
    """Whether a member shows, in each element, the opposite of the truth value that was sent in it."""
    pairs = [(_at(element, way), _at(shown, way)) for element, shown in found]
    return all(isinstance(sent, bool) and _is_same(not sent, shown) for sent, shown in pairs)


def _miscounted(session: Session, array: ObjectArray, created: Created, number: int) -> Iterator[Broken]:
    """Where a read counts the elements beside showing them, it does not count another number."""
    read = array.resource.read
    include = None if read is None else _include_of(read)
    names = (array.name, f"{array.name}_count")
    if read is None or include is None or not {*names} <= {*documented_values(include)}:
        return
    exchange = session.call(read.id, path=created.path, query={include.name: ",".join(names)})
    record = record_of(exchange, array.resource) if exchange.ok else None
    members = record if isinstance(record, Mapping) else {}
    shown, count = (members.get(spelled(name, members) or name) for name in names)
    if isinstance(shown, list) and isinstance(count, int) and len(shown) == number != count:
        yield Broken(
            expected=f"{names[1]} {number} beside {number} of {names[0]}",
            received=in_short(count),
            exchange=exchange,
            because=facts_of(include.cites, session.citations),
            readings=array.reading,
        )


def changes_one(session: Session, array: ObjectArray) -> None:
    """An update that names two elements by their ids changes the texts that it sends, and leaves the ids.

    The first has only truth values that are true, of which none is sent: it keeps all of them or none at one
    level. The second has none that is true, and could forbid a change.
    """
    update = array.resource.update
    assert update is not None  # noqa: S101 - only such kinds come here
    sent = [
        _element(array.items, session.unique("a")),
        _element(array.items, session.unique("b"), none=True),
    ]
    body, created = _made(session, array, sent)
    views = list(_looked_at(session, array, created))
    before = [next((each for view in views if (each := _matching(one, view.elements))), {}) for one in sent]
    name = next((name for name in NAMES if isinstance(sent[0].get(name), str)), None)
    if name is None or any(each.get(ID) is None for each in before):
        raise Skipped(f"no {ID} of each of the {array.name} is shown, or they have no name")
    # What a new element may not be without, an update may ask for as well.
    owed = {each for form in _forms(array.items) for each in form}
    changes = [_change(one, old[ID], owed - {name}) for one, old in zip(sent, before, strict=True)]
    changed = update_body(session, created, body, {array.name: changes})
    exchange = session.call(update.id, path=created.path, body=changed)
    if not exchange.ok:
        raise Inconclusive(f"{update.id} takes no change of the {array.name}: {exchange.status}")
    for view in _looked_at(session, array, created):
        pairs = zip(before, changes, strict=True)
        found = [_of_change(array, view, before=old, change=each, kept=owed - {name}) for old, each in pairs]
        breaches = [breach for breach in found if breach is not None]
        if breaches:
            raise strongest_of(breaches, session.citations, session.contract)


def _change(element: Element, key: Any, kept: Collection[str]) -> dict[str, Any]:
    """Other texts for an element, but for those that are kept: what it is called by may not be changeable."""
    texts = {name: value for name, value in element.items() if isinstance(value, str)}
    return {
        ID: key,
        **{name: value if name in kept else f"{value}_changed" for name, value in texts.items()},
    }


def _forms(items: Schema) -> Iterator[Sequence[str]]:
    """The required members of an object, in each of its forms."""
    forms = [items.inner(form) for word in ("anyOf", "oneOf") for form in items.flat.get(word, ())]
    yield from (form.flat.get("required", ()) for form in (items, *forms))


def _of_change(
    array: ObjectArray, view: View, *, before: Element, change: Element, kept: Collection[str]
) -> Broken | None:
    """What a view shows otherwise than the update set it. kept: the members that did not change."""
    after = next((each for each in view.elements if same(each.get(ID), before[ID])), None)
    texts = [name for name in change if name not in kept and name != ID]
    if after is None:
        is_renamed = any(each.get(name) == change[name] for each in view.elements for name in texts)
        expected = f"one of {array.name} with the {ID} {in_short(before[ID])}, which the update named"
        received = "the change under another one" if is_renamed else "none"
        return array.breach(view, expected, received, readings=None if is_renamed else READING)
    for name in texts:
        shown = after.get(name)
        is_as_before = shown is not None and shown == before.get(name)
        is_hidden = shown is None or (_is_secret_one(before) and name == "value")
        if shown != change[name] and not is_hidden:
            may_be_closed = any(value in _FORMS_OF[True] for _, value in _leaves(before))
            expected = f"{array.name}.{name} {in_short(change[name])} as the update sent it"
            readings = READING if may_be_closed or not is_as_before else None
            return array.breach(view, expected, in_short(shown), readings=readings)
    unsent = [way for way, value in _leaves(before) if value in _FORMS_OF[True] and way[0] not in change]
    for level in dict.fromkeys(way[:-1] for way in unsent):
        beside = [way for way in unsent if way[:-1] == level]
        lost = [way for way in beside if _at(after, way) is False]
        if lost and len(lost) < len(beside):
            expected = f"{array.name}.{'.'.join(lost[0])} true as before, like others that were not sent"
            return array.breach(view, expected, "false")
    return None
