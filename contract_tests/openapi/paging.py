"""How a list goes on: by cursor, by page or by offset, as its parameters and its answer tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from contract_tests.openapi.contract import Operation
from contract_tests.openapi.schemas import Schema

_USUAL = 10
"""Pages of lists whose size is not documented have at least so many items, or all that are left."""

_MORE = ("has_more", "hasMore")
CURSORS = (
    "cursor",
    "page_token",
    "pageToken",
    "PageToken",
    "page-token",
    "starting_after",
    "after",
    "continuation",
    "marker",
    "page[after]",
)
_AFTER = ("starting_after", "after")
"""Cursors that may be the id of an item."""

SIZES = (
    "limit",
    "per_page",
    "perPage",
    "per-page",
    "page_size",
    "pageSize",
    "PageSize",
    "page-size",
    "size",
    "page[size]",
    "page[limit]",
    "$limit",
    "$top",
    "_limit",
)
NUMBERED = (
    "page",
    "Page",
    "page_number",
    "pageNumber",
    "pageNo",
    "page_index",
    "pageIndex",
    "page[number]",
    "_page",
)
"""Parameters that hold the number of a page."""

OFFSETS = ("offset", "skip", "$skip", "_start", "page[offset]")
FOLLOWING = (
    "next_cursor",
    "nextCursor",
    "next_page_token",
    "nextPageToken",
    "next_page_url",
    "next_marker",
    "next",
)
"""Members of a page that name the next one."""

LAST = ("last_page", "lastPage", "total_pages", "totalPages", "pages")

_TOKENS = {
    "next_cursor": "cursor",
    "nextCursor": "cursor",
    "next_page_token": "page_token",
    "nextPageToken": "pageToken",
    "next_marker": "marker",
}
"""Members that hold an opaque place, each with the parameter that usually takes it."""

_STARTS = ("offset", "skip", "start")
_NUMBERS = ("page", "current_page", "page_number")
TOTALS = (
    "total",
    "total_count",
    "totalCount",
    "total_items",
    "totalItems",
    "totalElements",
    "total_results",
    "totalResults",
    "count",
)
"""Members of a page that count the items of all pages; `count` may count those of the page alone."""

_FROM_ZERO = re.compile(
    r"\b(zero|0)[- ](based|indexed)|\b(starts?|starting|counted) (at|from|with) (0|zero)\b", re.IGNORECASE
)
_OWN_NUMBERS = (*_NUMBERS, "currentPage", "pageNumber", "pageIndex", "number")

_LINK = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next\b')
"""The target of a link to the next page (RFC 8288, section 3)."""

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class NextPage:
    """What to ask for next. is_named: whether the page before names it, else it is only tried."""

    query: dict[str, Any]
    is_named: bool


def cursor_of(operation: Operation) -> str | None:
    """The name of the cursor parameter."""
    return _named(operation, CURSORS)


def page_of(operation: Operation) -> str | None:
    """The name of the page number's parameter."""
    return _named(operation, NUMBERED)


def first_number(operation: Operation) -> int | None:
    """The number of the first page, by the default, the least value or the description of the parameter; None
    where the document does not say it."""
    name = page_of(operation)
    parameter = None if name is None else operation.parameter(name, "query")
    if parameter is None:
        return None
    stated = [parameter.schema.flat.get(keyword) for keyword in ("default", "minimum")]
    if 0 in stated or _FROM_ZERO.search(parameter.description):
        return 0
    return 1 if 1 in stated else None


def size_of(operation: Operation) -> str | None:
    """The name of the page size's parameter."""
    return _named(operation, SIZES)


def following(
    operation: Operation, query: Mapping[str, Any], body: Any, *, count: int, last: Any = None
) -> NextPage | None:
    """The next page, or None after the last. query: what was asked for. count: the items on this page.
    last: the id of the last one, if it has one.

    An answer may name the next page, or say that there is none; where it does neither, the next number or
    offset is tried until a page is empty or not full. Where it only says that there is more, its last item
    is tried as the cursor that items come after.
    """
    named = next((value for value in _members(body, FOLLOWING) if value != ""), _ABSENT)
    if isinstance(named, str) and _is_address(named):
        linked = {**query, **_query_in(operation, named)}
        if linked != query:
            return NextPage(linked, is_named=True)
    cursor = cursor_of(operation)
    if cursor is not None:
        return _behind(cursor, query, body, named, last)
    if is_last(operation, query, body, count=count):
        return None
    page, offset = _entry(operation, NUMBERED), _entry(operation, OFFSETS)
    if page is not None:
        return NextPage({**query, page: _number(operation, page, query, body) + 1}, is_named=False)
    if offset is None or not _is_full(operation, query, count):
        return None
    return NextPage({**query, offset: int(query.get(offset, 0)) + count}, is_named=False)


def _behind(cursor: str, query: Mapping[str, Any], body: Any, named: Any, last: Any) -> NextPage | None:
    """The page behind the cursor that an answer names, or behind its last item; None without either."""
    if isinstance(named, str) and not _is_address(named):
        return NextPage({**query, cursor: named}, is_named=True)
    has_more = any(value is True for value in _members(body, _MORE))
    is_tried = has_more and last is not None and cursor in _AFTER
    return NextPage({**query, cursor: last}, is_named=False) if is_tried else None


def _number(operation: Operation, page: str, query: Mapping[str, Any], body: Any) -> int:
    """The number of a page: the one asked for, else that of the first page, as the document or else the page
    itself says it; 1 where neither does."""
    if page in query:
        return int(query[page])
    documented = first_number(operation)
    return int(_first_number(body, _OWN_NUMBERS) != 0) if documented is None else documented


def shown_next(link: str, body: Any, *, count: int) -> dict[str, Any] | None:
    """What to add to a query for the next page, by what an answer shows and whether documented or not; None
    where it shows no way on.

    link: the `Link` header, empty without one. count: the items on this page.
    """
    found = _LINK.search(link)
    if found is not None:
        return dict(parse_qsl(urlsplit(found[1]).query)) or None
    for name, parameter in _TOKENS.items():
        token = next((value for value in _members(body, (name,)) if isinstance(value, str) and value), None)
        if token is not None:
            return {parameter: token}
    total = _first_number(body, TOTALS)
    for name in _STARTS:
        start = _first_number(body, (name,))
        if start is not None and total is not None:
            return {name: start + count} if start + count < total else None
    size = _first_number(body, SIZES)
    for name in _NUMBERS:
        number = _first_number(body, (name,))
        if number is not None and total is not None and size is not None:
            parameter = "page" if name == "current_page" else name
            return {parameter: number + 1} if number * size < total else None
    return None


def _first_number(body: Any, names: tuple[str, ...]) -> int | None:
    """The first integer that a page shows under one of those names."""
    numbers = (value for value in _members(body, names) if isinstance(value, int))
    return next((value for value in numbers if not isinstance(value, bool)), None)


def goes_on(operation: Operation) -> bool:
    """Whether the document names a way from one page to the next: a page, an offset, or a cursor that its
    answers may name."""
    if _entry(operation, NUMBERED) is not None or _entry(operation, OFFSETS) is not None:
        return True
    return cursor_of(operation) is not None and _may_name_next(operation.success_schema)


def _may_name_next(schema: Schema | None) -> bool:
    members = {} if schema is None else schema.properties
    inside = [name for member in members.values() for name in member.properties]
    return not members or any(name in FOLLOWING for name in (*members, *inside))


def in_body(operation: Operation) -> bool:
    """Whether a list takes what it is asked for in its body."""
    return operation.method == "POST" and operation.body is not None


def _is_full(operation: Operation, query: Mapping[str, Any], count: int) -> bool:
    """Whether a page has as many items as it may: as were asked for, or as the document says by default."""
    size = _entry(operation, SIZES)
    if size is None:
        return count > 0
    return count >= int(query.get(size, _default(operation, size)))


def _default(operation: Operation, size: str) -> Any:
    """The documented default of a page's size, else the least that is usual."""
    parameter = operation.parameter(size, "query")
    members = operation.body.schema.properties if operation.body is not None else {}
    schema = parameter.schema if parameter is not None else members.get(size)
    return _USUAL if schema is None else schema.flat.get("default", _USUAL)


def _is_address(text: str) -> bool:
    return "?" in text or "://" in text


def _query_in(operation: Operation, address: str) -> dict[str, Any]:
    """The query of a link, as far as the operation documents it."""
    pairs = parse_qsl(urlsplit(address).query)
    return {name: value for name, value in pairs if operation.parameter(name, "query") is not None}


def is_last(operation: Operation, query: Mapping[str, Any], body: Any, *, count: int) -> bool:
    """Whether a page is known to be the last: it says so, it is not full, or the list has no pages.

    count: the items on this page.
    """
    page, size = _entry(operation, NUMBERED), _entry(operation, SIZES)
    if size is not None and size in query and count < int(query[size]):
        return True
    if cursor_of(operation) is not None:
        said = [*_members(body, FOLLOWING), *(value for value in _members(body, _MORE) if value is False)]
        return bool(said) and not any(isinstance(value, str) and value for value in said)
    if page is not None:
        last = next((value for value in _members(body, LAST) if isinstance(value, int)), None)
        behind = 0 if first_number(operation) == 0 else 1
        return count == 0 if last is None else _number(operation, page, query, body) + 1 - behind >= last
    return size is None


def shows_part(operation: Operation, body: Any, *, count: int) -> bool:
    """Whether a list without documented pages counts more items than it shows, or says that there are more.

    count: the items that it shows.
    """
    if has_pages(operation):
        return False
    behind = [value for value in _members(body, FOLLOWING) if isinstance(value, str) and value]
    return counts_more(body, count=count) or bool(behind) or True in _members(body, _MORE)


def has_pages(operation: Operation) -> bool:
    """Whether a list documents a size of its pages, their numbers, or a cursor."""
    return any(found is not None for found in (size_of(operation), page_of(operation), cursor_of(operation)))


def counts_more(body: Any, *, count: int) -> bool:
    """Whether an answer counts more items than it shows. count: those that it shows."""
    totals = [next(_members(body, (name,)), None) for name in TOTALS]
    numbers = [total for total in totals if isinstance(total, int) and not isinstance(total, bool)]
    return any(number > count for number in numbers)


def usual(operation: Operation) -> dict[str, Any]:
    """The size that a page has where none is asked for: the documented default, else the least that is usual.
    Empty where pages have no size."""
    size = _entry(operation, SIZES)
    return {} if size is None else {size: _default(operation, size)}


def largest(operation: Operation) -> dict[str, Any]:
    """The query of the largest page, empty where no largest size is documented."""
    size = size_of(operation)
    parameter = None if size is None else operation.parameter(size, "query")
    most = None if parameter is None else parameter.schema.flat.get("maximum")
    return {size: most} if size is not None and most is not None else {}


def _named(operation: Operation, names: tuple[str, ...]) -> str | None:
    """The name of a query parameter that holds a plain value: an object has its own members for page and
    size, which its schema alone tells apart."""
    plain = (each.name for each in operation.of("query") if each.schema.types != {"object"})
    return next((name for name in plain if name in names), None)


def _entry(operation: Operation, names: tuple[str, ...]) -> str | None:
    """The name of a parameter, or of a member of the body of a list that is asked for by body."""
    members = operation.body.schema.properties if in_body(operation) and operation.body is not None else {}
    return _named(operation, names) or next((name for name in members if name in names), None)


def _members(body: Any, names: tuple[str, ...]) -> Iterator[Any]:
    """The members of those names in the body or in an object directly inside it."""
    if isinstance(body, dict):
        for holder in (body, *(inner for inner in body.values() if isinstance(inner, dict))):
            yield from (holder[name] for name in names if name in holder)
