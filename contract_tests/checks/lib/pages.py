"""Lists worth looking at, the identity of their items, and what a page says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contract_tests.exchange import Exchange
from contract_tests.openapi.paging import size_of
from contract_tests.openapi.resources import Resource
from contract_tests.session.session import Session

ENOUGH = 4
"""How many items a list has at least before its pages are looked at, where things can be made."""

_PARENTS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Its members stand in the body or in an object directly inside it, such as `meta`."""

    exchange: Exchange

    def has(self, name: str) -> bool:
        """Whether the page has a member of that name beside its items."""
        return any(name in holder for holder in self._holders())

    def member(self, name: str) -> Any:
        """The member's value, or None."""
        return next((holder[name] for holder in self._holders() if name in holder), None)

    def number(self, name: str) -> int | None:
        """The member's value where it is a number."""
        value = self.member(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def page_in(self, name: str) -> int | None:
        """The page number in a link."""
        link = self.member(name)
        found = parse_qs(urlsplit(link).query).get("page", [""]) if isinstance(link, str) else [""]
        return int(found[-1]) if found[-1].isdecimal() else None

    def _holders(self) -> list[Mapping[str, Any]]:
        body = self.exchange.parsed
        if not isinstance(body, Mapping):
            return []
        return [body, *(one for one in body.values() if isinstance(one, Mapping))]


def identity(kind: Resource, item: Any) -> str:
    """What tells an item from the others."""
    return str(item.get(kind.id_member, item.get(kind.key))) if isinstance(item, Mapping) else str(item)


def identities(session: Session, kind: Resource, pages: Iterable[Exchange]) -> set[str]:
    """What all items of some pages are told apart by."""
    return {identity(kind, item) for exchange in pages for item in session.items(exchange, kind)}


def all_pages(
    session: Session, kind: Resource, path: Mapping[str, Any], query: Mapping[str, Any] | None = None
) -> list[Exchange]:
    """Every page, each as large as it may be."""
    return list(session.pages(kind, path=path, query={**largest(kind), **(query or {})}))


def largest(kind: Resource) -> dict[str, Any]:
    """The query of the largest page."""
    size = None if kind.list is None else size_of(kind.list)
    parameter = None if kind.list is None or size is None else kind.list.parameter(size, "query")
    most = None if parameter is None else parameter.schema.flat.get("maximum")
    return {size: most} if size is not None and most is not None else {}


def populated(session: Session, kind: Resource) -> dict[str, Any]:
    """The path of a list with several items: things are made where they can be deleted again, else
    the fullest of the lists there are is taken.
    """
    assert kind.list is not None  # noqa: S101 - only such kinds come here
    if kind.create is not None and kind.delete is not None:
        path = session.subject(kind.list.id)
        exchange = session.control(session.call(kind.list.id, path=path, query=largest(kind)))
        for _ in range(ENOUGH - len(session.items(exchange, kind))):
            session.create(kind, under=path)
        return path
    return _fullest(session, kind)


def _fullest(session: Session, kind: Resource) -> dict[str, Any]:
    assert kind.list is not None  # noqa: S101
    parent = session.resources.keyed(kind.parents[-1]) if kind.parents else None
    if parent is None or parent.list is None:
        return session.subject(kind.list.id)
    above = {name: session.known(name) for name in parent.parents}
    best: tuple[int, dict[str, Any]] | None = None
    for item in session.walk(parent, path=above, query=largest(parent))[:_PARENTS]:
        path = {**above, parent.key: identity(parent, item)}
        exchange = session.call(kind.list.id, path=path, query=largest(kind))
        count = len(session.items(exchange, kind)) if exchange.ok else -1
        if best is None or count > best[0]:
            best = count, path
        if count >= ENOUGH:
            break
    return session.subject(kind.list.id) if best is None or best[0] < 1 else best[1]
