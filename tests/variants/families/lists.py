"""Lists in another order, of another length or in another envelope."""

from __future__ import annotations

from typing import Any

from tests.variants.families.rules import refusal
from tests.variants.seam import Answer, Asked, Serve, Transformation


def reversed_lists(contract: str) -> Transformation:
    """Every page from its end, unless an order was asked for; sets of capabilities, too."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value = answer.value if answer.is_success else None
        if not isinstance(value, dict) or "sort" in asked.query():
            return answer
        turned = {name: one[::-1] for name, one in value.items() if name in _LISTS and isinstance(one, list)}
        return answer.with_value(value | turned) if turned else answer

    return transformation


_LISTS = ("data", "connections", "capabilities")


def default_size(contract: str, *, parameter: str, size: int, operations: list[str]) -> Transformation:
    """Pages of another length where none is asked for."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if asked.operation in operations and parameter not in asked.query():
            return serve(asked.with_query(**{parameter: str(size)}))
        return serve(asked)

    return transformation


def bare_lists(contract: str, *, operations: list[str]) -> Transformation:
    """Lists without pages: the bare array of everything, cut off at `limit` where one is given."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
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

    return transformation


def offset_pages(contract: str, *, operations: list[str], size: int) -> Transformation:
    """Pages are asked for by limit and offset, and meta counts. Cursors are ignored."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if asked.operation not in operations:
            return serve(asked)
        query = asked.query()
        limited = {"limit": query["limit"]} if "limit" in query else {}
        answer = serve(asked.with_environ(QUERY_STRING="").with_query(**limited))
        if not answer.is_success:
            return answer
        page = serve(asked.with_environ(QUERY_STRING="limit=100")).value
        rows = page["data"]
        while page["meta"]["next_cursor"]:
            page = serve(asked.with_query(limit="100", cursor=page["meta"]["next_cursor"])).value
            rows += page["data"]
        limit, offset = _number(query.get("limit"), size), _number(query.get("offset"), 0)
        meta = {"limit": limit, "offset": offset, "total": len(rows)}
        return answer.with_value({"data": rows[offset : offset + limit], "meta": meta})

    return transformation


def larger_total(contract: str, *, by: int) -> Transformation:
    """A total that counts more than what is listed."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value: Any = answer.value if answer.is_success else None
        if not isinstance(value, dict) or "total" not in value:
            return answer
        return answer.with_value(value | {"total": value["total"] + by})

    return transformation


def numbered_links(contract: str) -> Transformation:
    """meta with Laravel's array of links and without the optional members; links are null at every end."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "listConnectors" or not answer.is_success:
            return answer
        value = answer.value
        meta = {name: one for name, one in value["meta"].items() if name not in ("from", "to", "path")}
        numbers = range(1, meta["last_page"] + 1)
        links = [{"url": None, "label": str(n), "active": n == meta["current_page"]} for n in numbers]
        return answer.with_value(value | {"meta": meta | {"links": links}})

    return transformation


def last_page_again(contract: str, *, operation: str) -> Transformation:
    """Pages are their items alone, and a page beyond the last is the last."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != operation or not answer.is_success:
            return answer
        last = answer.value["meta"]["last_page"]
        if _number(asked.query().get("page"), 1) > last:
            answer = serve(asked.with_query(page=str(last)))
        return answer.with_value(answer.value["data"])

    return transformation


def read_single(contract: str, *, items: str) -> Transformation:
    """A thing of a list can be read under its id, where no operation is documented for it."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        above, _, last = asked.path.rpartition("/")
        if asked.environ["REQUEST_METHOD"] != "GET" or asked.operation or answer.status != 405:
            return answer
        listed = serve(asked.with_environ(PATH_INFO=above))
        rows = listed.value[items] if listed.is_success else []
        return next((listed.with_value(row) for row in rows if row["id"] == last), answer)

    return transformation


def numbered_pages(contract: str, *, operation: str, items: str, size: int) -> Transformation:
    """A list without pages has numbered ones."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != operation or not answer.is_success:
            return answer
        query, rows = asked.query(), answer.value[items]
        page, per_page = (
            _number(query.get(name), default) for name, default in (("page", 1), ("per_page", size))
        )
        pages = max(1, -(-len(rows) // per_page))
        more = {"page": page, "per_page": per_page, "total_pages": pages}
        first = (page - 1) * per_page
        return answer.with_value({**answer.value, items: rows[first : first + per_page], **more})

    return transformation


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def named_fetch(contract: str, *, customer: str, token: str) -> Transformation:
    """A fetch that several connections fit is 409 and asks for a name."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if (
            asked.operation != "fetchConnectionCredentials"
            or not answer.is_success
            or "name" in asked.query()
        ):
            return answer
        path = f"/v1/customers/{customer}/connections"
        manager = asked.with_environ(PATH_INFO=path, HTTP_AUTHORIZATION=f"Bearer {token}")
        rows = serve(manager).value["connections"]
        fitting = [
            row
            for row in rows
            if row["provider"] == asked.query()["provider"]
            and any(grant["instance_id"] == asked.at["instance_id"] for grant in row["grants"])
        ]
        return refusal(contract, 409, text="Several fit: give a name.") if len(fitting) > 1 else answer

    return transformation
