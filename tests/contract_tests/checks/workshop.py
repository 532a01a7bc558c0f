"""A small conforming API with everything the generic families speak of, and the defects it can be given."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote

SPEC = Path(__file__).parent / "workshop.yaml"
ROLES = {
    "t-writer": ({"read", "write"}, {"red", "blue"}),
    "k-writer": ({"read", "write"}, {"red", "blue"}),
    "t-reader": ({"read"}, {"red", "blue"}),
    "t-red": ({"read", "write"}, {"red"}),
    "t-stranger": ({"read", "write"}, {"alien"}),
}
FOREIGN = "3b1f6f0e-0000-4000-8000-000000000001"
WHOLE = {"name", "kind", "weight", "note", "spec"}


class RefusedError(Exception):
    """An error response."""

    def __init__(self, status: int, detail: Any = "no") -> None:
        super().__init__(status)
        self.status, self.detail = status, detail


def entry(*loc: str | int) -> dict[str, Any]:
    """One broken rule."""
    return {"loc": list(loc), "msg": "wrong", "type": "wrong"}


class Workshop:
    """The API of workshop.yaml as a WSGI application; `defects` names what it does wrong."""

    def __init__(self, *defects: str) -> None:
        self.defects = set(defects)
        self.lock = nullcontext() if "races" in defects else Lock()
        self.tools: dict[str, dict[str, Any]] = {}
        self.loans: dict[str, dict[str, Any]] = {}
        self.keys: dict[Any, Any] = {}
        self.count = 0
        self.seed = {"id": str(uuid.uuid4()), "label": "Ann", "created_at": self._now()}
        for team in ("red", "blue", "alien"):
            for name in ("Öl", "adze", "bit"):
                self._tool(team, {"name": name, "kind": "hand", "secret": {}})
        self.tools[FOREIGN] = {**next(iter(self.tools.values())), "id": FOREIGN, "_team": "alien"}

    def has(self, defect: str) -> bool:
        """Whether it has this defect."""
        return defect in self.defects

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            with self.lock:
                status, body = self._answer(environ)
        except RefusedError as refused:
            status, body = refused.status, {"detail": refused.detail}
        html = status >= 400 and self.has("html") and environ["REQUEST_METHOD"] == "POST"
        start_response(f"{status} Said", [("Content-Type", "text/html" if html else "application/json")])
        if body is None:
            return []
        return [b"<html>" if html else json.dumps(body).encode()]

    def _now(self) -> str:
        self.count += 1
        return (datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=self.count)).isoformat()

    # --- who may

    def _allow(self, environ: dict[str, Any], method: str, team: str) -> None:
        token = environ.get("HTTP_AUTHORIZATION", "")
        key = environ.get("HTTP_X_KEY", "")
        scheme, _, value = token.partition(" ")
        proof = method == "GET" and environ["PATH_INFO"].endswith("/tools")  # what preflight asks first
        held = value if scheme == "Bearer" or (token and self.has("any-scheme")) else key
        held = held.removesuffix("x" if self.has("longer-passes") else "\0")
        if held == "t-expired" and self.has("expired-passes") and not proof:
            held = "t-writer"
        if held not in ROLES:
            if self.has("stranger-uses-key") and "HTTP_IDEMPOTENCY_KEY" in environ:
                self.keys[team, environ["HTTP_IDEMPOTENCY_KEY"]] = (None, None)
            if not proof and (self.has("anybody") or (self.has("unknown-passes") and token)):
                return
            if self.has("refused-but-done") and method in ("PATCH", "DELETE", "POST"):
                self.late = True
                return
            raise RefusedError(401)
        if key and self.has("no-keys") and not proof:
            raise RefusedError(401)
        roles, teams = ROLES[held]
        if team not in teams and not self._is_open(team):
            raise RefusedError(403)
        opens = self.has("any-role") or (self.has("key-opens") and key) or self._is_open_to_key(environ)
        if ("read" if method == "GET" else "write") not in roles and not opens:
            if self.has("role-refused-but-done"):
                self.late = True
                return
            raise RefusedError(403)

    def _is_open(self, team: str) -> bool:
        """Whether callers of other teams may use a team."""
        is_for_all = self.has("any-team") or self.has("any-parent")
        return is_for_all or (team == "blue" and self.has("neighbour-team"))

    # --- routes

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        self.late = False
        method = environ["REQUEST_METHOD"]
        parts = [unquote(part) for part in environ["PATH_INFO"].removeprefix("/api/teams/").split("/")]
        body = self._body(environ) if method in ("POST", "PATCH") else None
        self._allow(environ, method, parts[0])
        query = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        for value in parts[2::2]:
            if not _is_uuid(value):
                if self.has("odd-id-500") and not value.isascii():
                    raise ValueError("planted")
                raise RefusedError(422, [entry("path", ("tool_id", "loan_id")[parts.index(value) // 4])])
        if parts[0] not in ("red", "blue", "alien") and not self.has("any-parent"):
            raise RefusedError(404)
        answer = self._routed(environ, method, parts, query, body)
        if self.late:
            raise RefusedError(403 if self.has("role-refused-but-done") else 401)
        return answer

    def _routed(
        self, environ: dict[str, Any], method: str, parts: list[str], query: dict[str, str], body: Any
    ) -> tuple[int, Any]:
        match len(parts):
            case 2:
                return (
                    self._list(parts[0], query) if method == "GET" else self._create(environ, parts[0], body)
                )
            case 3:
                return self._one(method, self._tool_of(parts), query, body)
            case 4:
                tool = self._tool_of(parts)
                return self._list_loans(tool, query) if method == "GET" else self._lend(tool, body)
        return self._loan(method, parts)

    def _body(self, environ: dict[str, Any]) -> Any:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ.get("CONTENT_TYPE") != "application/json" and not self.has("any-type"):
            raise RefusedError(422, [entry("body")])
        if not raw and self.has("empty-is-fine"):
            raw = b'{"name": "x", "kind": "hand", "secret": {}}'
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            if self.has("json-500"):
                raise
            raise RefusedError(422, [entry("body", 0)]) from None
        if not isinstance(value, dict):
            raise RefusedError(422, [entry("body")])
        if self.has("nul-500") and "\\x00" in str(value):
            raise ValueError("planted")
        return value

    # --- tools

    def _tool(self, team: str, body: dict[str, Any]) -> dict[str, Any]:
        now = self._now()
        later = "2020-01-01T00:00:00Z" if self.has("changed-before-made") else now
        sent = {name: value for name, value in body.items() if name in WHOLE}
        if self.has("ascii-only"):
            sent["name"] = sent["name"].encode("ascii", "replace").decode()
        if self.has("drops-note"):
            sent.pop("note", None)
        if self.has("flattens-spec") and "spec" in sent:
            sent["spec"] = {name: one for name, one in sent["spec"].items() if not isinstance(one, dict)}
        weight = 1 if self.has("other-default") else 7
        fixed = {
            "team_id": "blue" if self.has("wrong-team") else team,
            "created_at": now,
            "updated_at": later,
        }
        given = body.get("id") if self.has("takes-id") else None
        name = given or ("11111111-1111-4111-8111-111111111111" if self.has("same-id") else str(uuid.uuid4()))
        tool = {"weight": weight, "note": None, "spec": {}, **sent, "id": name, **fixed, "_team": team}
        if self.has("shows-secret"):
            tool["spec"] = {"was": body.get("secret")}
        self.tools[tool["id"]] = tool
        return tool

    def _tool_of(self, parts: list[str]) -> dict[str, Any]:
        tool = self.tools.get(parts[2])
        if tool is None or (tool["_team"] != parts[0] and not self.has("any-team-path")):
            raise RefusedError(404)
        return tool

    def _shown(self, tool: dict[str, Any], include: str = "") -> dict[str, Any]:
        asked = {name for name in include.split(",") if name}
        if self.has("no-include"):
            asked = set()
        if self.has("first-include-only"):
            asked = {include.partition(",")[0]}
        if self.has("always-includes"):
            asked.add("loans")
        shown = {name: value for name, value in tool.items() if not name.startswith("_")}
        if self.has("shows-on-read") and "_secret" in tool:
            shown["spec"] = tool["_secret"]
        if any(name in ("makerShop", "makerShop.town") for name in asked):
            shown["maker_shop"] = {"name": "Smith"}
            if "makerShop.town" in asked and not self.has("flat-include"):
                shown["maker_shop"]["town"] = {"name": "Ely"}
        if "makerShop_count" in asked and not self.has("no-count"):
            shown["maker_shop_count"] = 2 if self.has("other-count") else 1
        if "makerShopExists" in asked:
            shown["maker_shop_exists"] = True
        if "loans" in asked:
            shown["loans"] = [one for one in self.loans.values() if one["tool_id"] == tool["id"]]
        return shown

    def _list(self, team: str, query: dict[str, str]) -> tuple[int, Any]:
        limit, start = query.get("limit", "20"), query.get("cursor", "0")
        if not (limit.isdecimal() and 1 <= int(limit) <= 50):
            raise RefusedError(422, [entry("query", "limit")])
        if not start.isdecimal():
            raise RefusedError(422, [entry("query", "cursor")])
        found = self._found(team, query)
        size = 50 if self.has("limit-ignored") else int(limit)
        end = int(start) + size
        page = found[int(start) + (1 if self.has("page-skips") and start != "0" else 0) : end]
        shown = [self._shown(one, query.get("include", "")) for one in page]
        if self.has("list-in-ascii"):
            shown = [{**one, "name": one["name"].encode("ascii", "replace").decode()} for one in shown]
        if self.has("list-differs"):
            shown = [{**one, "kind": "power"} for one in shown]
        total = len(page) if self.has("total-of-page") else len(found)
        more = end < len(found)
        says = more and not self.has("says-no-more")
        return 200, {
            "data": shown,
            "meta": {"next_cursor": str(end) if more else None, "has_more": says, "total": total},
        }

    def _found(self, team: str, query: dict[str, str]) -> list[dict[str, Any]]:
        found = [one for one in self.tools.values() if one["_team"] == team or self.has("lists-all")]
        if self.has("foreign-listed"):
            found += [one for one in self.tools.values() if one["_team"] == "alien"]
        if self.has("lists-one-twice"):
            found += found[-1:]
        wanted = query.get("filter[kind]")
        if self.has("odd-query-500") and "'" in query.get("filter[kind]", ""):
            raise ValueError("planted")
        if wanted is not None and not self.has("filter-ignored"):
            found = [one for one in found if one["kind"] == wanted]
            if self.has("filter-of-others"):
                found = [one for one in self.tools.values() if one["_team"] == "alien"]
        if "sort" in query and not self.has("unsorted"):
            found.sort(key=lambda one: one["name"].casefold(), reverse=query["sort"][0] == "-")
            found = found[1:] if self.has("sort-loses") else found
        return found

    def _is_open_to_key(self, environ: dict[str, Any]) -> bool:
        """Whether a key that was used lets any role in."""
        used = {each[1] for each in self.keys}
        return self.has("key-for-anyone") and environ.get("HTTP_IDEMPOTENCY_KEY") in used

    def _mishandle(self, team: str, key: str | None, body: Any) -> None:
        """Defects in handling idempotency keys."""
        if self.has("forgets-after-other") and self.keys.get((team, key), (body,))[0] != body:
            del self.keys[team, key]
            raise RefusedError(409)
        if self.has("long-key-500") and len(key or "") > 36:
            raise ValueError("planted")
        if self.has("makes-without-key") and not key and isinstance(body, dict):
            self._tool(team, {"name": "x", **body})
        if self.has("last-key-only") and (team, key) not in self.keys:
            self.keys = {}

    def _key(self, sent: str | None, body: Any) -> str | None:
        """What a creation is kept under, by defects in telling keys apart."""
        if self.has("one-key"):
            return json.dumps(body)
        if self.has("keys-by-length") and sent:
            return str(len(sent))
        if self.has("empty-keys") and sent == "":
            return f"made up {len(self.keys)}"
        return sent

    def _create(self, environ: dict[str, Any], team: str, body: Any) -> tuple[int, Any]:
        key = self._key(environ.get("HTTP_IDEMPOTENCY_KEY"), body)
        defects = [] if key else [entry("header", "idempotency-key")]
        self._mishandle(team, key, body)
        if self.has("key-of-all-teams"):
            team = next((each[0] for each in self.keys if each[1] == key), team)
        defects += self._faults(body, {"name", "kind", "secret"})
        if self.has("traces-refused") and defects and isinstance(body.get("kind"), str):
            self._tool(team, {"name": "x", **body})
        if self.has("poisoned-key") and defects:
            self.keys[team, key] = (None, None)
        if defects:
            raise RefusedError(422, defects[:1] if self.has("first-defect-only") else defects)
        if (team, key) in self.keys and not self.has("keys-ignored"):
            known, tool = self.keys[team, key]
            if known != body and not self.has("key-reused"):
                raise RefusedError(409)
            if known == body:
                return 201, {"data": self._shown(tool)}
        tool = self._tool(team, body)
        self.keys[team, key] = (deepcopy(body), tool)
        if self.has("not-kept"):
            del self.tools[tool["id"]]
        return 201, {"data": self._shown(tool)}

    def _faults(self, body: dict[str, Any], owed: set[str]) -> list[dict[str, Any]]:
        found = [entry("body", name) for name in sorted(owed) if name not in body]
        words = json.dumps(body) if self.has("repeats-secret") else "wrong"
        rules: dict[str, Callable[[Any], bool]] = {
            "name": lambda one: isinstance(one, str) and 1 <= len(one) <= 60,
            "kind": lambda one: one in ("hand", "power"),
            "weight": lambda one: isinstance(one, int) and one >= 0,
            "note": lambda one: one is None or isinstance(one, str),
            "spec": lambda one: isinstance(one, dict),
            "secret": lambda one: isinstance(one, dict),
        }
        found += [
            entry("body", name) for name, rule in rules.items() if name in body and not rule(body[name])
        ]
        if self.has("wrong-loc"):
            found = [entry("body", "something") for _ in found]
        quoted = body if self.has("quotes-secret") else {**body, "secret": "***"}
        return [{**one, "msg": words, "input": quoted} for one in found]

    def _one(self, method: str, tool: dict[str, Any], query: dict[str, str], body: Any) -> tuple[int, Any]:
        if method == "DELETE":
            if self.has("deletes-all"):
                self.tools = {name: one for name, one in self.tools.items() if one["_team"] != tool["_team"]}
            if not self.has("delete-forgets"):
                self.tools.pop(tool["id"], None)
            if not self.has("loans-stay"):
                self.loans = {name: one for name, one in self.loans.items() if one["tool_id"] != tool["id"]}
            return 204, None
        if method == "PATCH":
            return self._update(tool, body)
        return 200, {"data": self._shown(tool, query.get("include", ""))}

    def _update(self, tool: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        defects = self._faults(body, set())
        if defects:
            if self.has("half-updated"):
                tool.update({name: body[name] for name in ("name",) if isinstance(body.get(name), str)})
            raise RefusedError(422, defects)
        before = dict(tool)
        sent = {name: value for name, value in body.items() if name in WHOLE}
        if self.has("update-resets"):
            tool.update({"note": None, "weight": 7, "spec": {}})
        if self.has("null-ignored"):
            sent = {name: value for name, value in sent.items() if value is not None}
        if self.has("takes-created") and "created_at" in body:
            sent["created_at"] = body["created_at"]
        tool.update(sent)
        tool["_secret"] = body.get("secret")
        tool["updated_at"] = self._now()
        if self.has("updates-all"):
            for each in self.tools.values():
                each.update({name: value for name, value in sent.items() if each["_team"] == tool["_team"]})
        answer = self._shown(tool)
        if self.has("other-answer"):
            answer["created_at"] = "2001-01-01T00:00:00Z"
        if self.has("lost-update"):
            tool.update(before)
        return 200, {"data": answer}

    # --- loans

    def _lend(self, tool: dict[str, Any], body: Any) -> tuple[int, Any]:
        if not isinstance(body.get("label"), str):
            raise RefusedError(422, [entry("body", "label")])
        made = "2001-01-01T00:00:00Z" if self.has("old-loans") else self._now()
        loan = {
            "id": str(uuid.uuid4()),
            "tool_id": tool["id"],
            "label": body["label"],
            "created_at": made,
        }
        self.loans[loan["id"]] = loan
        return 201, loan

    def _list_loans(self, tool: dict[str, Any], query: dict[str, str]) -> tuple[int, Any]:
        asked = query.get("page", "1"), query.get("per_page", "2")
        if not all(re.fullmatch("[0-9]{1,5}", one) and int(one) for one in asked):
            raise RefusedError(422, [entry("query", "page")])
        page, size = map(int, asked)
        size = min(size, 50)
        found = [one for one in self.loans.values() if one["tool_id"] == tool["id"] or self.has("all-loans")]
        if self.has("all-loans"):
            found += [{**self.seed, "tool_id": tool["id"]}]
        if self.has("never-empty"):
            page = min(page, max(1, -(-len(found) // size)))
        if self.has("starts-at-2") and "page" not in query:
            page = 2
        shown = found[(page - 1) * size : page * size]
        start = (page - 1) * size + 1 if shown else None
        meta = {
            "current_page": 1 if self.has("always-page-1") else page,
            "per_page": size,
            "last_page": max(1, -(-len(found) // size)),
            "total": len(self.loans if self.has("total-of-all") else found) + self.has("total-too-high"),
            "from": start,
            "to": None if start is None else start + len(shown) - 1,
        }
        return 200, {"data": shown, "meta": meta}

    def _loan(self, method: str, parts: list[str]) -> tuple[int, Any]:
        loan = self.loans.get(parts[4])
        if not self.has("loans-stay"):
            self._tool_of(parts)
        if loan is None or (loan["tool_id"] != parts[2] and not self.has("any-tool-path")):
            raise RefusedError(404)
        if method == "DELETE":
            del self.loans[loan["id"]]
            return 204, None
        return 200, loan


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
