"""Lists in another order, of another length or in another envelope."""

from __future__ import annotations

from typing import Any

from tests.variants.seam import Answer, Asked, Disguise, Serve


def reversed_lists(contract: str) -> Disguise:
    """Every page from its end, unless an order was asked for; sets of capabilities, too."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value = answer.value if answer.is_success else None
        if not isinstance(value, dict) or "sort" in asked.query():
            return answer
        turned = {name: one[::-1] for name, one in value.items() if name in _LISTS and isinstance(one, list)}
        return answer.with_value(value | turned) if turned else answer

    return disguise


_LISTS = ("data", "connections", "capabilities")


def default_size(contract: str, *, parameter: str, size: int, operations: list[str]) -> Disguise:
    """Pages of another length where none is asked for."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        if asked.operation in operations and parameter not in asked.query():
            return serve(asked.with_query(**{parameter: str(size)}))
        return serve(asked)

    return disguise


def bare_lists(contract: str, *, operations: list[str]) -> Disguise:
    """Lists without pages: the bare array of everything, cut off at `limit` where one is given."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation not in operations or not answer.is_success:
            return answer
        page, found = answer.value, []
        if "limit" in asked.query():
            return answer.with_value(page["data"])
        found = page["data"]
        while page["meta"]["next_cursor"]:
            page = serve(asked.with_query(limit="100", cursor=page["meta"]["next_cursor"])).value
            found += page["data"]
        return answer.with_value(found)

    return disguise


def larger_total(contract: str, *, by: int) -> Disguise:
    """A total that counts more than what is listed."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value: Any = answer.value if answer.is_success else None
        if not isinstance(value, dict) or "total" not in value:
            return answer
        return answer.with_value(value | {"total": value["total"] + by})

    return disguise


def numbered_links(contract: str) -> Disguise:
    """meta with Laravel's array of links and without the optional members; links are null at every end."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "listConnectors" or not answer.is_success:
            return answer
        value = answer.value
        meta = {name: one for name, one in value["meta"].items() if name not in ("from", "to", "path")}
        numbers = range(1, meta["last_page"] + 1)
        links = [{"url": None, "label": str(n), "active": n == meta["current_page"]} for n in numbers]
        return answer.with_value(value | {"meta": meta | {"links": links}})

    return disguise
