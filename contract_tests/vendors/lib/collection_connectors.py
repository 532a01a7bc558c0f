"""Connectors of a collection: the provider each belongs to, and what browsing one shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.checks.lib.records import READING, in_short, record_of, same
from contract_tests.exchange import Exchange
from contract_tests.session.session import Created, Session, described
from contract_tests.vendors.lib.providers import CREATE, SECOND_PROVIDER
from contract_tests.verdicts import Inconclusive, Skipped

READ, UPDATE, BROWSE = "getCollectionConnector", "updateCollectionConnector", "browseCollectionConnector"

_MOST = 5
"""How many items of the top level are browsed."""

_UNKNOWN = frozenset({400, 404, 422})
"""Refusals that say of an item that it is not known."""

_FOLDERS = frozenset({"folder", "directory"})
"""Types of items that by their very name are browsed for others."""


def stays_tied(session: Session) -> None:
    """After an update that does not speak of the provider, provider_slug is what it was. That an update which
    names another provider moves nothing either is a reading.
    """
    created = session.create(CREATE)
    before = session.read(created)
    slug = before.get("provider_slug") if isinstance(before, Mapping) else None
    if slug is None:
        raise Skipped("a connector shows no provider_slug")
    for members in ({"scope_config": {"ct": session.unique()}}, {}):
        answer = session.control(session.call(UPDATE, path=created.path, body=members))
        _assert_tied(session, created, answer, slug)
    other = session.target.values.get(SECOND_PROVIDER, session.fixtures.known("provider_slug"))
    answer = session.call(UPDATE, path=created.path, body={"provider_slug": other})
    if answer.ok and not same(other, slug):
        _assert_tied(session, created, answer, slug, readings=READING)


def _assert_tied(
    session: Session, created: Created, answer: Exchange, slug: str, *, readings: tuple[str, ...] = ()
) -> None:
    """The answer to an update and the read after it show the provider that the connector had before."""
    read = session.control(session.call(READ, path=created.path))
    for exchange in (answer, read):
        record = record_of(exchange, created.resource)
        shown = record.get("provider_slug", slug) if isinstance(record, Mapping) else slug
        if not same(shown, slug):
            session.broken(
                expected=f"provider_slug {slug}, as before the update",
                received=in_short(shown),
                exchange=exchange,
                readings=readings,
            )


def names_its_principal(session: Session) -> None:
    """A connector of a caller with other spaces alone has another principal_id, or none. What a principal is
    no document says."""
    create = session.contract.operation(CREATE)
    owner = session.context.permissions.other_credential(create)
    if owner is None:
        raise Skipped("the target has no credential that is good for the foreign space alone")
    mine = session.create(CREATE)
    theirs = session.create(CREATE, under=session.fixtures.foreign_values(create), credential=owner)
    first, second = (_principal(created) for created in (mine, theirs))
    if first is not None and same(first, second):
        session.broken(
            expected=f"another principal_id than {first}, which a connector of another caller has",
            received="the same",
            exchange=theirs.exchange,
            readings=READING,
        )


def _principal(created: Created) -> Any:
    return created.record.get("principal_id") if isinstance(created.record, Mapping) else None


def browses_below(session: Session) -> None:
    """Of the items at the top that by their own words hold others or are folders, not every one shows the
    very items of the top level, itself among them. Without such words an item may be one of a provider
    without levels."""
    path = session.subject(BROWSE)
    top = _items(session.control(session.call(BROWSE, path=path)).parsed)
    inner = [item["id"] for item in top if isinstance(item.get("id"), str) and _has_level(item)]
    if not inner:
        raise Skipped("no item at the top level says that it has others below it or is a folder")
    answers = [session.call(BROWSE, path=path, query={"parent_id": parent}) for parent in inner[:_MOST]]
    shown = [(answer, _items(answer.parsed)) for answer in answers if answer.ok]
    if shown and all(_ids(items) == _ids(top) for _, items in shown):
        session.broken(
            expected=f"the content of {inner[0]}",
            received=f"the {len(top)} items of the top level",
            exchange=shown[0][0],
        )
    _finds_deeper(session, path, [item for _, items in shown for item in items if item not in top])


def _finds_deeper(session: Session, path: Mapping[str, Any], items: list[Mapping[str, Any]]) -> None:
    """An item that was shown below the top level, and by its own words holds others, is found like those at
    the top."""
    deeper = [item["id"] for item in items if isinstance(item.get("id"), str) and _has_level(item)]
    for parent in deeper[:1]:
        answer = session.call(BROWSE, path=path, query={"parent_id": parent})
        if answer.status in _UNKNOWN:
            session.broken(
                expected=f"the content of {parent}, which was shown",
                received=described(answer),
                exchange=answer,
            )


def _ids(items: list[Mapping[str, Any]]) -> list[Any]:
    """What names the items. Their other members may differ, as a parent that repeats the query."""
    return [item.get("id") for item in items]


def _has_level(item: Mapping[str, Any]) -> bool:
    return bool(item.get("has_children")) or str(item.get("type")).lower() in _FOLDERS


def _items(body: Any) -> list[Mapping[str, Any]]:
    """The objects of the array of an answer. Raises Inconclusive when there is none."""
    held = body.get("data", body) if isinstance(body, Mapping) else body
    if not isinstance(held, list):
        raise Inconclusive(f"{BROWSE} shows no array")
    return [item for item in held if isinstance(item, Mapping)]
