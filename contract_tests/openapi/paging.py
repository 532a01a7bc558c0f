"""How a list goes on: by cursor, by page or by offset, as its parameters and its answer tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.openapi.contract import Operation

CURSORS = ("cursor", "page_token", "pageToken", "starting_after", "after", "continuation")
SIZES = ("limit", "per_page", "perPage", "page_size", "pageSize", "size")
_NEXT = ("next_cursor", "nextCursor", "next_page_token", "nextPageToken", "next")
_USUAL = 10
"""Pages of lists whose size is not documented have at least so many items, unless there are no more."""

_MORE = ("has_more", "hasMore")
_LAST = ("last_page", "lastPage", "total_pages", "totalPages", "pages")


def cursor_of(operation: Operation) -> str | None:
    """The name of the cursor parameter."""
    return _named(operation, CURSORS)


def page_of(operation: Operation) -> str | None:
    """The name of the page number's parameter."""
    return _named(operation, ("page",))


def size_of(operation: Operation) -> str | None:
    """The name of the page size's parameter."""
    return _named(operation, SIZES)


def following(
    operation: Operation, query: Mapping[str, Any], body: Any, *, count: int
) -> dict[str, Any] | None:
    """The query of the next page, or None after the last. count: the items on this page."""
    cursor, page, size = cursor_of(operation), page_of(operation), size_of(operation)
    if cursor is not None:
        told = next((value for value in _members(body, _NEXT) if isinstance(value, str) and value), None)
        return None if told is None else {**query, cursor: told}
    if page is not None:
        here = int(query.get(page, 1))
        return None if is_last(operation, query, body, count=count) else {**query, page: here + 1}
    offset = _named(operation, ("offset", "skip"))
    if offset is None or size is None:
        return None
    parameter = operation.parameter(size, "query")
    asked = query.get(size, parameter.schema.flat.get("default") if parameter is not None else None)
    if asked is not None and count >= int(asked):
        return {**query, offset: int(query.get(offset, 0)) + count}
    return None


def is_last(operation: Operation, query: Mapping[str, Any], body: Any, *, count: int) -> bool:
    """Whether a page is known to be the last: it says so, it is not full, or the list has no pages.

    count: the items on this page.
    """
    cursor, page, size = cursor_of(operation), page_of(operation), size_of(operation)
    if size is not None and size in query and count < int(query[size]):
        return True
    if cursor is not None:
        said = [*_members(body, _NEXT), *(value for value in _members(body, _MORE) if value is False)]
        return bool(said) and not any(isinstance(value, str) and value for value in said)
    if page is not None:
        last = next((value for value in _members(body, _LAST) if isinstance(value, int)), None)
        return count == 0 if last is None else int(query.get(page, 1)) >= last
    return size is None


def usual(operation: Operation) -> dict[str, Any]:
    """The size that a page has where none is asked for: the documented default, else the least that is usual.
    Empty where pages have no size."""
    size = size_of(operation)
    parameter = None if size is None else operation.parameter(size, "query")
    return {} if size is None or parameter is None else {size: parameter.schema.flat.get("default", _USUAL)}


def largest(operation: Operation) -> dict[str, Any]:
    """The query of the largest page, empty where no largest size is documented."""
    size = size_of(operation)
    parameter = None if size is None else operation.parameter(size, "query")
    most = None if parameter is None else parameter.schema.flat.get("maximum")
    return {size: most} if size is not None and most is not None else {}


def _named(operation: Operation, names: tuple[str, ...]) -> str | None:
    return next((one.name for one in operation.of("query") if one.name in names), None)


def _members(body: Any, names: tuple[str, ...]) -> Iterator[Any]:
    """The members of those names in the body or in an object directly inside it."""
    if isinstance(body, dict):
        for holder in (body, *(inner for inner in body.values() if isinstance(inner, dict))):
            yield from (holder[name] for name in names if name in holder)
