"""Lists worth looking at, the identity of their items, and what a page says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contract_tests.exchange import Exchange
from contract_tests.openapi import paging
from contract_tests.openapi.resources import Resource
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped

ENOUGH = 4
"""How many items a list has at least before its pages are looked at, where things can be made."""

_PARENTS = 20
"""How many parents are looked at for a full list."""

_SEVERAL = 2
"""With fewer items a list has no second page."""


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
        return [body, *(member for member in body.values() if isinstance(member, Mapping))]


def says_more(exchange: Exchange) -> bool:
    """Whether an answer says, in a `Link` header or in a member of pages, that more items follow.

    The answer is that to a request for no page in particular, so that more than one page means more items.
    """
    if 'rel="next"' in exchange.headers.get("link", ""):
        return True
    page = Page(exchange)
    following = [page.member(name) for name in paging.FOLLOWING]
    several = any((page.number(name) or 0) > 1 for name in paging.LAST)
    return page.member("has_more") is True or several or any(following)


def identity(resource: Resource, item: Any) -> str:
    """What tells an item from the others. Raises Skipped for a record without an id."""
    if not isinstance(item, Mapping):
        return str(item)
    found = resource.id_in(item)
    if found is None:
        raise Skipped(f"the items of {resource.name} show no id")
    return str(found)


def identities(session: Session, resource: Resource, pages: Iterable[Exchange]) -> set[str]:
    """What all items of some pages are identified by."""
    return {identity(resource, item) for exchange in pages for item in session.items(exchange, resource)}


def all_pages(
    session: Session, resource: Resource, path: Mapping[str, Any], query: Mapping[str, Any] | None = None
) -> list[Exchange]:
    """Every page, each as large as it may be."""
    return list(session.pages(resource, path=path, query={**largest(resource), **(query or {})}))


def largest(resource: Resource) -> dict[str, Any]:
    """The query of the largest page."""
    return {} if resource.list is None else paging.largest(resource.list)


def populated(session: Session, resource: Resource) -> dict[str, Any]:
    """The path of a list with several items: things are made where they can be deleted again, else
    the fullest of the lists there are is taken.
    """
    assert resource.list is not None  # noqa: S101 - only such kinds come here
    if resource.create is not None and resource.delete is not None:
        path = session.subject(resource.list.id)
        exchange = session.control(session.call(resource.list.id, path=path, query=largest(resource)))
        for _ in range(ENOUGH - len(session.items(exchange, resource))):
            session.create(resource, under=path)
        return path
    return _fullest(session, resource)


def _fullest(session: Session, resource: Resource) -> dict[str, Any]:
    assert resource.list is not None  # noqa: S101
    parent = session.resources.parent(resource)
    if parent is None or parent.list is None:
        return session.subject(resource.list.id)
    above = {name: session.fixtures.known(name, parent.item) for name in parent.parents}
    best: tuple[int, dict[str, Any]] | None = None
    for item in session.walk(parent, path=above, query=largest(parent))[:_PARENTS]:
        path = {**above, parent.key: identity(parent, item)}
        exchange = session.call(resource.list.id, path=path, query=largest(resource))
        count = len(session.items(exchange, resource)) if exchange.ok else -1
        if best is None or count > best[0]:
            best = count, path
        if count >= ENOUGH:
            break
    if (best is None or best[0] < _SEVERAL) and parent.create is not None and parent.delete is not None:
        return _started(session, resource, parent)
    return session.subject(resource.list.id) if best is None or best[0] < 1 else best[1]


def _started(session: Session, resource: Resource, parent: Resource) -> dict[str, Any]:
    """The path of a list with some things that need no body, such as jobs, below a new parent with which they
    go; one that must end before the next may begin is cancelled."""
    assert resource.list is not None  # noqa: S101
    created = session.create(parent)
    if resource.create is None or resource.create.content is not None:
        return session.subject(resource.list.id)
    path = {**created.path}
    paths = (f"{resource.collection}/cancel", f"{resource.item}/cancel")
    operations = session.contract.operations.values()
    cancel = next((each for each in operations if each.method == "POST" and each.path in paths), None)
    for _ in range(_SEVERAL + 1):
        exchange = session.call(resource.create.id, path=path)
        if exchange.ok and cancel is not None:
            started = session.created(resource, exchange, path)
            session.call(cancel.id, path={**path, **started.path})
    return path
