"""Each member a client may send is taken, kept whole and shown, or filled in as documented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from contract_tests.checks.lib.bodies import members_sent, rich_body
from contract_tests.checks.lib.given import body_with
from contract_tests.checks.lib.records import (
    READING,
    echoed_members,
    hold,
    in_short,
    member_cites,
    objects_filled_in,
    record_of,
    reread,
    same,
    shown_cites,
    shown_members,
    spelled,
    stating_facts,
)
from contract_tests.checks.lib.values import (
    FOREIGN_LETTERS,
    NAMES,
    STATES,
    NoOtherError,
    free_objects,
    other_value,
    required_only,
)
from contract_tests.checks.lifecycle import made, shown_later
from contract_tests.checks.lifecycle_update import update_body
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import carrying, stating
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation, cited
from contract_tests.openapi.resources import Resource, resources_of
from contract_tests.openapi.schemas import Schema
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Assertion, Check, Requirement
from contract_tests.session.session import SUCCESS, Created, Session, described
from contract_tests.verdicts import Inconclusive, Skipped

DECOMPOSED: Final = "Zoe\u0308 o\u0302"
"""Letters whose accents are code points of their own (NFD)."""

ELEMENTS: Final = 3
"""How many texts an array is sent with."""

OTHER_SCRIPTS: Final = "Größe-東京-"
"""How texts begin that an array of names or ids may well hold: letters of several scripts, no blanks."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What a creation owes of each member of its body, per kind of thing that can be created."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for resource in resources_of(contract).all:
        if resource.create is not None:
            yield from _of_members(build, resource, resource.create)


def _of_members(build: RequirementBuilder, resource: Resource, create: Operation) -> Iterator[Requirement]:
    if create.body is None:
        return
    echoed, sent = echoed_members(create, resource), members_sent(build.contract, create)
    for name, schema in echoed.items():
        yield from _of_member(build, resource, create, name, schema, is_sent=name in sent)
    for name in free_objects(create):
        if name in echoed:
            title = f"{create.id} keeps whatever a {name} holds"
            check = partial(keeps_form, resource=resource, name=name)
            cites = member_cites(build, create, name)
            yield build(create, f"form.{name}", title=title, cites=cites, besides=["X14"], check=check)
            title = f"{create.id} keeps every element of the arrays in a {name}"
            check = partial(inner_elements, resource=resource, name=name)
            shown = shown_cites(build, create, resource, name)
            yield build(create, f"lists.{name}", title=title, cites=cites, besides=shown, check=check)
    agreements = _agreements(build, resource, create)
    changed = resource.update.body.schema.properties if resource.update and resource.update.body else {}
    both = [name for name in echoed if name in changed]
    if agreements and both:
        title = f"{create.id} sets whatever value of a member that an update is seen to set"
        check = partial(sets_other_values, resource=resource, names=both)
        yield build(create, "sets-others", title=title, cites=agreements[0].needs, check=check)
    owed = create.body.schema.flat.get("required", ())
    if any(name not in owed for name in create.body.schema.properties):
        title = f"{create.id} needs no more than the required members"
        cites = (*cited(create.body.schema.flat), *create.body.cites)
        yield build(
            create, "required-only", title=title, cites=cites, check=partial(needs_no_more, resource=resource)
        )


def _of_member(
    build: RequirementBuilder,
    resource: Resource,
    create: Operation,
    name: str,
    schema: Schema,
    *,
    is_sent: bool,
) -> Iterator[Requirement]:
    """is_sent: whether bodies that the document alone leads to have the member."""
    made = partial(
        build,
        create,
        cites=member_cites(build, create, name),
        besides=shown_cites(build, create, resource, name),
        also=_agreements(build, resource, create),
    )
    shown = partial(echoes, resource=resource, name=name)
    prepared = None if is_sent else body_with(build, create, name)
    title = f"{create.id} shows the {name} it was sent"
    yield made(f"echo.{name}", title=title, check=shown, given=prepared)
    if "default" in schema.flat:
        title = f"{create.id} fills in the documented {name} when none is sent"
        check = partial(fills_in, resource=resource, name=name, value=schema.flat["default"])
        yield made(f"default.{name}", title=title, check=check)
    if "array" in schema.types and schema.items is not None and schema.items.accepts("ct-a"):
        title = f"{create.id} keeps every element of {name}"
        check = partial(elements, resource=resource, name=name)
        yield from _by_reading(build, create, f"elements.{name}", title, check)
    if name in NAMES and "string" in schema.types and schema.accepts(FOREIGN_LETTERS):
        title = f"{create.id} keeps the letters of a {name} in any script"
        yield made(f"letters.{name}", title=title, check=partial(letters, resource=resource, name=name))
        title = f"{create.id} keeps accents of a {name} that are written as letters of their own"
        yield from _by_reading(
            build, create, f"decomposed.{name}", title, partial(decomposed, resource=resource, name=name)
        )
        longest = schema.flat.get("maxLength")
        if longest is not None and not build.is_open(create, f"body.{name}.maxLength"):
            title = f"{create.id} keeps a {name} of {longest} characters whole"
            yield made(f"longest.{name}", title=title, check=partial(shown, length=int(longest)))


def _agreements(build: RequirementBuilder, resource: Resource, create: Operation) -> list[Assertion]:
    """What a server's own answers have to agree on, whatever documents say of their members."""
    facts = stating(create.cites, build.citations, build.contract)
    if resource.update is None or not facts:
        return []
    needs = carrying(facts, build.citations, build.contract)
    return [Assertion(f"{create.id} sets what an update with the same value is seen to set", needs)]


def _by_reading(
    build: RequirementBuilder, create: Operation, what: str, title: str, check: Check
) -> Iterator[Requirement]:
    """A requirement of which no document speaks."""
    yield build(create, what, title=title, cites=create.cites, besides=READING, check=check)


def decomposed(session: Session, resource: Resource, name: str) -> None:
    """A name in Normalization Form D comes back in it."""
    assert resource.create is not None  # noqa: S101
    body = {**session.valid.body(resource.create), name: f"{DECOMPOSED} {session.unique()}"}
    sent, created = made(session, resource, body)
    if resource.read is not None or resource.list is not None:
        hold(session, sent, reread(session, created), [name], what="code point by code point")


def elements(session: Session, resource: Resource, name: str) -> None:
    """Each of several texts in an array comes back, unless the server takes no such texts, and not from the
    last to the first: a server that keeps a set may sort it, upwards."""
    assert resource.create is not None  # noqa: S101
    texts = [session.unique() for _ in range(ELEMENTS)]
    body = {**session.valid.body(resource.create), name: texts}
    path = session.subject(resource.create.id)
    exchange = session.call(resource.create.id, path=path, body=body)
    if not exchange.ok:
        raise Skipped(f"{resource.create.id} does not take any text in {name}: {exchange.status}")
    created = session.created(resource, exchange, path)
    if resource.read is not None or resource.list is not None:
        seen, record = reread(session, created)
        hold(session, {name: texts}, (seen, record), [name], what="with all its elements")
        if isinstance(record, Mapping) and record.get(name) == texts[::-1]:
            session.broken(
                expected=f"{name} {in_short(texts)} in the order in which they were sent",
                received="them the other way round",
                exchange=seen,
            )


def inner_elements(session: Session, resource: Resource, name: str) -> None:
    """Each of several texts in the arrays of an object comes back, unless the server takes no such texts, in
    any script where it takes them, and not from the last to the first.

    The arrays are those of the prepared body, with further texts in them.
    """
    assert resource.create is not None  # noqa: S101
    body = rich_body(session, resource.create)
    prepared = body.get(name) if isinstance(body, Mapping) else None
    plain = prepared if isinstance(prepared, Mapping) else {}
    arrays = {key: value for key, value in plain.items() if _is_of_texts(value)}
    if not arrays:
        raise Skipped(f"no prepared or documented {name} holds an array of texts")
    path = session.subject(resource.create.id)
    for beginning in (OTHER_SCRIPTS, ""):
        longer = {key: [*texts, *_further_texts(session, beginning)] for key, texts in arrays.items()}
        exchange = session.call(resource.create.id, path=path, body={**body, name: {**plain, **longer}})
        if exchange.ok:
            break
    else:
        raise Skipped(f"{resource.create.id} does not take any text in {name}: {exchange.status}")
    created = session.created(resource, exchange, path)
    answers = [*_documented_answer(exchange, resource, name), *_reread_if_shown(session, created)]
    for answer, record in answers:
        shown = record.get(name) if isinstance(record, Mapping) else None
        for key, texts in longer.items():
            kept = shown.get(key) if isinstance(shown, Mapping) else None
            _holds_texts(session, f"{name}.{key}", texts, kept, answer)


def _further_texts(session: Session, beginning: str) -> list[str]:
    return [f"{beginning}{session.unique()}" for _ in range(ELEMENTS)]


def _holds_texts(session: Session, where: str, texts: list[str], kept: Any, answer: Exchange | None) -> None:
    """An array that is shown has all the texts that were sent, and not the other way round: a server that
    keeps a set may sort it, upwards."""
    if not isinstance(kept, list):
        return
    lost = [text for text in texts if text not in kept]
    if lost:
        session.broken(
            expected=f"the {len(texts)} texts that were sent in {where}",
            received=f"{len(texts) - len(lost)} of them",
            exchange=answer,
        )
    if kept == texts[::-1]:
        session.broken(
            expected=f"{where} {in_short(texts)} in the order in which they were sent",
            received="them the other way round",
            exchange=answer,
            readings=READING,
        )


def _is_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _reread_if_shown(session: Session, created: Created) -> Iterator[tuple[Exchange | None, Any]]:
    """The thing as a read or its list shows it, where there is one."""
    if created.resource.read is not None or created.resource.list is not None:
        yield reread(session, created)


def echoes(session: Session, resource: Resource, name: str, length: int = 0) -> None:
    """The answer to a creation, and what is read afterwards, show a member as it was sent."""
    assert resource.create is not None  # noqa: S101
    body = rich_body(session, resource.create)
    if length:
        body[name] = session.unique().ljust(length, "y")[:length]
    sent, created = made(session, resource, body if length else None)
    if sent.get(name) is None:
        sent, created = _made_with_shown(session, resource, name)
    if resource.read is not None or resource.list is not None:
        _set_as_by_update(session, sent, created, name)
        _set_as_shown_elsewhere(session, sent, created, name)
    filled_in = objects_filled_in(resource.create)
    for answer in _documented_answer(created.exchange, resource, name):
        hold(session, sent, answer, [name], what="as it was sent", filled_in=filled_in)
    if resource.read is not None or resource.list is not None:
        hold(session, sent, reread(session, created), [name], what="as it was sent", filled_in=filled_in)


def _made_with_shown(session: Session, resource: Resource, name: str) -> tuple[Any, Created]:
    """What was sent and what it made, with a value of an optional member that the list shows elsewhere.

    Raises Skipped where none is shown or taken, or where only the file of an API speaks for the member.
    """
    create = resource.create
    assert create is not None  # noqa: S101
    items = session.walk(resource, path=session.subject(create.id)) if resource.list is not None else []
    held = [item[name] for item in items if isinstance(item, Mapping) and item.get(name) is not None]
    if not held or not stating_facts(session, create):
        raise Skipped(f"no documented or prepared body holds a {name}")
    member = create.body.schema.properties[name] if create.body else None
    # An id that is shown as a number may have to be sent as a text.
    value = held[0] if member is None or member.accepts(held[0]) else str(held[0])
    body = {**session.valid.body(create), name: value}
    path = session.subject(create.id)
    exchange = session.call(create.id, path=path, body=body)
    if not exchange.ok:
        raise Skipped(f"{create.id} takes no {name} of another thing: {described(exchange)}")
    return body, session.created(resource, exchange, path)


def _set_as_shown_elsewhere(session: Session, sent: Mapping[str, Any], created: Created, name: str) -> None:
    """A new thing does not show another value than it was sent, while the list shows this very value
    elsewhere: then the server itself says what the member holds, whatever documents say of its answers.
    """
    resource, value = created.resource, sent[name]
    facts = stating_facts(session, resource.create) if resource.create is not None else ()
    seen, record = reread(session, created)
    shown = record.get(name) if isinstance(record, Mapping) else None
    if not facts or resource.list is None or name in STATES or same(shown, value):
        return
    others = [item for item in session.walk(resource, path=created.path) if isinstance(item, Mapping)]
    if any(same(item.get(name), value) for item in others):
        session.broken(
            expected=f"{name} {in_short(value)} as it was sent, and as the list shows it elsewhere",
            received=in_short(shown),
            exchange=seen,
            because=facts,
        )


def _set_as_by_update(session: Session, sent: Mapping[str, Any], created: Created, name: str) -> None:
    """A new thing does not show another value than it was sent, while an update that sends the same value
    makes it show that: then the server itself says what the member holds, whatever documents say of its
    answers.
    """
    resource, value = created.resource, sent[name]
    update, create = resource.update, resource.create
    members = update.body.schema.properties if update is not None and update.body is not None else {}
    if create is None or update is None or name not in members or not stating_facts(session, create):
        return
    seen, record = reread(session, created)
    shown = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(record, Mapping) or same(shown, value):
        return
    body = update_body(session, created, sent, {name: value})
    updated = session.call(update.id, path=created.path, body=body)
    later = reread(session, created)[1] if updated.ok else None
    if isinstance(later, Mapping) and same(later.get(name), value):
        session.broken(
            expected=f"{name} {in_short(value)}, which {update.id} sets and shows",
            received=f"{in_short(shown)} after {create.id}",
            exchange=seen,
            because=stating_facts(session, create),
        )


def sets_other_values(session: Session, resource: Resource, names: Sequence[str]) -> None:
    """Other values than the prepared ones, which a server may show whatever it is sent, are set as well."""
    create = resource.create
    assert create is not None  # noqa: S101
    prepared = session.valid.body(create)
    others: dict[str, Any] = {}
    for name in names:
        with suppress(NoOtherError):
            others[name] = other_value(session.unique, create, name, prepared.get(name))
    path = session.subject(create.id)
    # All at once, or each alone where one of them is refused.
    for change in (others, *({name: value} for name, value in others.items())):
        exchange = session.call(create.id, path=path, body={**prepared, **change})
        if exchange.ok:
            created = session.created(resource, exchange, path)
            for name in change:
                _set_as_by_update(session, {**prepared, **change}, created, name)
        if exchange.ok and change is others:
            return


def _not_cut(session: Session, sent: Mapping[str, Any], created: Created, name: str) -> None:
    """A text is not shown without its end, where another one of plain letters, as long, is cut as well."""
    resource = created.resource
    create = resource.create
    assert create is not None  # noqa: S101
    record = reread(session, created)[1]
    shown = record.get(name) if isinstance(record, Mapping) else None
    if not _is_cut(shown, sent[name]) or not stating_facts(session, create):
        return
    plain = session.unique().ljust(len(sent[name]), "y")
    body = {**session.valid.body(create), name: plain}
    seen, again = reread(session, made(session, resource, body)[1])
    if isinstance(again, Mapping) and _is_cut(again.get(name), plain):
        session.broken(
            expected=f"{name} {in_short(plain)} as it was sent",
            received=in_short(again[name]),
            exchange=seen,
            because=stating_facts(session, create),
        )


def _is_cut(shown: Any, sent: str) -> bool:
    is_beginning = isinstance(shown, str) and bool(shown) and sent.startswith(shown)
    return is_beginning and shown != sent


def _documented_answer(
    exchange: Exchange, resource: Resource, name: str
) -> Iterator[tuple[Exchange | None, Any]]:
    """The thing in an answer to creation, where the document has it show the member, not an id alone."""
    if name in shown_members(resource.create, resource):
        yield exchange, record_of(exchange, resource)


def letters(session: Session, resource: Resource, name: str) -> None:
    """A name in several scripts comes back letter by letter."""
    assert resource.create is not None  # noqa: S101
    body = {**session.valid.body(resource.create), name: f"{FOREIGN_LETTERS} {session.unique()}"}
    sent, created = made(session, resource, body)
    if resource.read is not None or resource.list is not None:
        _set_as_by_update(session, sent, created, name)
        _not_cut(session, sent, created, name)
    for answer in _documented_answer(created.exchange, resource, name):
        hold(session, sent, answer, [name], what="letter by letter")
    if resource.read is not None or resource.list is not None:
        hold(session, sent, reread(session, created), [name], what="letter by letter")


def keeps_form(session: Session, resource: Resource, name: str) -> None:
    """An object of any form comes back with its nested parts, numbers, truth values and letters."""
    assert resource.create is not None  # noqa: S101
    body = dict(session.valid.body(resource.create))
    plain = body.get(name) or {}
    body[name] = {
        **plain,
        "Größe": "株式会社",
        "deep": {"list": [{"n": 1}, {"n": 2}], "on": True, "off": False},
        "n": 12,
        "none": None,
    }
    path = session.subject(resource.create.id)
    exchange = session.call(resource.create.id, path=path, body=body)
    if not exchange.ok:
        raise Skipped(f"{resource.create.id} takes no {name} of a form of its own: {exchange.status}")
    created = session.created(resource, exchange, path)
    for answer in _documented_answer(exchange, resource, name):
        hold(session, body, answer, [name], what="as it was sent")
    if resource.read is not None:
        hold(session, body, reread(session, created), [name], what="as it was sent")


def fills_in(session: Session, resource: Resource, name: str, value: Any) -> None:
    """A documented default stands where nothing was sent."""
    assert resource.create is not None  # noqa: S101
    body = {key: value for key, value in session.valid.body(resource.create).items() if key != name}
    _, created = made(session, resource, body)
    answers = [*_documented_answer(created.exchange, resource, name)]
    read = shown_members(resource.read, resource)
    if not read or name in read:
        answers.append(shown_later(session, created))
    for exchange, record in answers:
        if isinstance(record, Mapping) and not same(record.get(name), value):
            session.broken(
                expected=f"{name} {in_short(value)}, the default, when none is sent",
                received=in_short(record.get(name)),
                exchange=exchange,
                readings=READING if spelled(name, record) is None else (),
            )


def needs_no_more(session: Session, resource: Resource) -> None:
    """A body of the required members alone is accepted."""
    assert resource.create is not None  # noqa: S101
    session.positive(resource.create.id)
    body = required_only(resource.create, session.valid.body(resource.create))
    if resource.create.body is not None and not resource.create.body.schema.accepts(body):
        raise Skipped("the document asks for more than the required members: one of several forms")
    exchange = session.call(resource.create.id, path=session.subject(resource.create.id), body=body)
    if exchange.status in (400, 422) and session.valid.is_made_up(resource.create):
        raise Inconclusive(
            f"{resource.create.id} may ask for more than its schema says: {described(exchange)}"
        )
    session.expect(exchange, SUCCESS, what="for a body of the required members alone")
