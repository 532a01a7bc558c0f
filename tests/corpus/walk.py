"""A generic client: it fills parameters from the document, and follows what an answer names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from werkzeug.test import Client, TestResponse

from tests.corpus.documents import Document, Node, Operation

LIMIT = 2
"""The page size that a walk asks for."""
MOST_PAGES = 60
_SIZES = {"limit", "perpage", "pagesize", "size", "maxresults", "count", "take", "top"}
_NUMBERS = {"page", "pagenumber", "pageindex"}
_OFFSETS = {"offset", "skip", "start", "startindex"}
_TOTALS = {f"total{word}" for word in ("", "count", "items", "records", "elements", "results")} | {
    "itemstotal"
}
_AFTER = {"startingafter", "after"}


@dataclass
class Walk:
    """What a client saw of a list."""

    keys: list[str] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    pages: int = 0
    endless: bool = False
    by: str = "nothing"
    total: int | None = None
    trouble: str = ""


def plain(name: str) -> str:
    """A name without case and separators."""
    return re.sub(r"[^a-z]", "", name.lower())


class GenericClient:
    """Sends requests as somebody would who has read the document alone."""

    def __init__(self, document: Document, client: Client, prefix: str) -> None:
        self.document, self.client, self.prefix = document, client, prefix
        self.schemes = self.document.root.at("components", "securitySchemes")
        self.headers, self.query = self._credentials(self.schemes.names())
        self.known: dict[str, Any] = {}

    def get(self, path: str, query: Mapping[str, Any], headers: Mapping[str, str]) -> TestResponse:
        """The response to a GET. path: below the prefix."""
        return self.send("get", path, query, headers)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
    ) -> TestResponse:
        """The response to a request. path: below the prefix."""
        pairs = {**self.query, **query}
        return self.client.open(
            self.prefix + path,
            method=method.upper(),
            query_string=urlencode(pairs, doseq=True),
            headers={**self.headers, **headers},
            data=body,
        )

    def follow(self, url: str) -> TestResponse:
        """The response at an address that an answer named."""
        parts = urlsplit(url)
        assert parts.netloc in {"", "localhost"}, f"leads to {url}"
        pairs = {**dict(parse_qsl(parts.query)), **self.query}
        return self.client.get(parts.path, query_string=urlencode(pairs), headers=self.headers)

    def _credentials(self, names: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
        """The headers and the query with a credential for each of these security schemes."""
        headers, query = {"Authorization": "Bearer any-token"}, {}
        for name in names:
            scheme = self.schemes.at(name).value
            place = (scheme.get("type"), scheme.get("in"))
            if place == ("apiKey", "header"):
                headers[scheme["name"]] = "any-token"
            elif place == ("apiKey", "query"):
                query[scheme["name"]] = "any-token"
            elif place == ("apiKey", "cookie"):
                headers["Cookie"] = f"{scheme['name']}=any-token"
            elif scheme.get("scheme", "").lower() == "basic":
                headers["Authorization"] = "Basic dXNlcjpwYXNzd29yZA=="
        return headers, query

    def asked(self, get: Operation) -> tuple[tuple[str, dict[str, Any], dict[str, str]], TestResponse]:
        """Path, query and headers of a GET that finds its record, and the response to it.

        Where the record that the document shows is missing, that is one that the mock lists.
        """
        arguments = self.arguments(get)
        response = self.get(*arguments)
        if response.status_code == 404:
            arguments = self.arguments(get, listed=True)
            response = self.get(*arguments)
        return arguments, response

    def arguments(
        self, get: Operation, *, listed: bool = False
    ) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Path, query and headers with which a GET is sent.

        listed: its record is one that the mock lists, not the one that the documented answer shows.
        """
        required = get.operation.at("security").value
        alternatives = required if required is not None else self.document.root.at("security").value
        names = next(iter(alternatives or []), {})
        headers, query = self._credentials(name for name in names if name in self.schemes.names())
        path = get.path
        for (place, name), parameter in get.parameters.items():
            if place == "path":
                value = self.path_value(get, name, parameter, listed=listed)
                filled = path.replace(f"{{{name}}}", quote(_text(value), safe=""))
                if filled in self.document.root.at("paths").names():
                    # The name of another path is no key.
                    filled = path.replace(f"{{{name}}}", quote(_text(value_of(parameter)), safe=""))
                path = filled
            elif parameter.value.get("required"):
                value = value_of(parameter)
                if place == "query":
                    query |= _query_of(name, value)
                elif place == "header":
                    headers[name] = _text(value)
        return path, query, headers

    def path_value(self, get: Operation, name: str, parameter: Node, *, listed: bool) -> Any:
        """A value for a path parameter: as documented, else of a listed record, else an allowed one."""
        shown = None if listed else self._shown_key(get, name)
        if shown is None and not listed:
            shown = parameter.value.get("example")
        if shown is not None:
            return shown
        before = get.path.partition(f"{{{name}}}")[0]
        if before.endswith("/"):
            collection = before.rstrip("/")
            if collection not in self.known:
                self.known[collection] = self._first_record(collection)
            record = self.known[collection]
            if isinstance(record, Mapping):
                wanted = (plain(name), "id", "sid", "name", "key")
                by_name = {plain(each): value for each, value in record.items()}
                own = [by_name[each] for each in wanted if isinstance(by_name.get(each), str | int)]
                ending = [
                    value
                    for each, value in by_name.items()
                    if plain(name).endswith(each) and isinstance(value, str | int)
                ]
                if own or ending:
                    return (own or ending)[0]
        return value_of(parameter)

    def _shown_key(self, get: Operation, name: str) -> Any:
        """The value of a path parameter that the documented answer of a GET shows, or None.

        That is a member with its name; of the record that the path ends with also its key.
        """
        content = get.response(200).at("content")
        if not content.names():
            return None
        media_type = content.at(content.names()[0])
        named = media_type.at("examples")
        example = media_type.at("example").value or (
            named.at(named.names()[0], "value").value if named.names() else None
        )
        is_last = get.path.endswith(f"{{{name}}}")
        for record in _outer_objects(example):
            members = {plain(each): value for each, value in record.items() if isinstance(value, str | int)}
            endings = [each for each in members if each and plain(name).endswith(each)] if is_last else []
            known = [
                each for each in (plain(name), *(["id"] if is_last else []), *endings) if each in members
            ]
            if known and (is_last or plain(name) != "id"):
                return members[known[0]]
        return None

    def _first_record(self, path: str) -> Any:
        get = next((each for each in self.document.gets() if each.path == path), None)
        if get is None:
            return None
        response = self.get(*self.arguments(get))
        items = items_of(json_of(response)) if response.status_code < 300 else None
        return items[0] if items else None

    def size_parameter(self, get: Operation) -> str | None:
        """The query parameter with the page size, or None."""
        parameters = {plain(name): name for place, name in get.parameters if place == "query"}
        return next((parameters[each] for each in _SIZES if each in parameters), None)

    @staticmethod
    def identities(items: list[Any]) -> list[str]:
        """What tells the records of a list apart."""
        return [_identity(item) for item in items]

    @staticmethod
    def members(items: list[Any], names: set[str]) -> set[str]:
        """The texts and numbers in the records of a list, as texts; a record may have an envelope.

        names: of the members that count where a record has one of them.
        """
        records = [item for item in items if isinstance(item, Mapping)]
        inside = [next(iter(item.values())) for item in records if len(item) == 1]
        records += [each for each in inside if isinstance(each, Mapping)]
        values = [
            value
            for record in records
            for name, value in record.items()
            if name in names or not names & record.keys()
        ]
        return {str(each) for each in (*items, *values) if isinstance(each, str | int)}

    def walk(self, get: Operation) -> Walk:
        """All pages of a list."""
        (path, query, headers), _response = self.asked(get)
        parameters = {plain(name): name for place, name in get.parameters if place == "query"}
        size = self.size_parameter(get)
        if size is not None:
            bounds = get.parameters["query", size].at("schema").value or {}
            query[size] = max(LIMIT, int(bounds.get("minimum") or 1))
        walk = Walk()
        response = self.get(path, query, headers)
        for _page in range(MOST_PAGES):
            body = json_of(response)
            items = items_of(body)
            if response.status_code != 200 or items is None:
                walk.trouble = f"{response.status_code} after {walk.pages} pages"
                return walk
            walk.pages += 1
            walk.keys += [_identity(item) for item in items]
            walk.items += items
            walk.total = _total(body) if walk.total is None else walk.total
            try:
                following = self._following(get, response, body, items, parameters, walk)
            except AssertionError as error:
                walk.trouble = str(error)
                return walk
            if following is None:
                return walk
            response = (
                self.follow(following)
                if isinstance(following, str)
                else self.get(path, {**query, **following}, headers)
            )
        walk.endless = True
        return walk

    @staticmethod
    def _is_text(get: Operation, parameter: str) -> bool:
        """Whether a query parameter is a text, as a time is."""
        return get.parameters["query", parameter].at("schema", "type").value == "string"

    def _following(  # noqa: C901, PLR0911, PLR0917 - one branch per way of naming a page
        self,
        get: Operation,
        response: TestResponse,
        body: Any,
        items: list[Any],
        parameters: Mapping[str, str],
        walk: Walk,
    ) -> str | dict[str, Any] | None:
        """The address of the next page, or the query parameters that lead to it."""
        linked = re.search(r'<([^>]*)>;\s*rel="?next"?', response.headers.get("Link", ""))
        if linked:
            walk.by = "Link"
            return linked[1]
        named = dict(_named(body))
        for value in named.values():
            if isinstance(value, str) and re.match(r"https?://|/", value):
                walk.by = "address"
                return value
        for name, value in named.items():
            if value not in (None, "") and not isinstance(value, bool):
                parameter = _parameter_for(name, parameters)
                if parameter is not None:
                    walk.by = f"{name} as {parameter}"
                    return {parameter: value}
        if named and walk.pages > 1 and walk.by != "nothing":
            return None
        more = _member(body, {"hasmore"})
        after = next((parameters[each] for each in _AFTER if each in parameters), None)
        if more is not None and after is not None:
            walk.by = f"last key as {after}"
            last_key = _member(body, {"lastid"}) or (_identity(items[-1]) if items else None)
            return {after: last_key} if more and last_key else None
        numbered = next((parameters[each] for each in _NUMBERS if each in parameters), None)
        offset = next((parameters[each] for each in _OFFSETS if each in parameters), None)
        if offset is not None and self._is_text(get, offset):
            offset = None
        last = _member(body, {"last", "lastpage", "totalpages"})
        if not items or last is True or more is False:
            return None
        if offset is not None:
            walk.by = f"number as {offset}"
            return {offset: len(walk.keys)}
        if numbered is not None:
            walk.by = f"number as {numbered}"
            first = _member(body, {"page", "currentpage", "number"})
            current = first if isinstance(first, int) and not isinstance(first, bool) else walk.pages
            return {numbered: current + 1}
        return None


def value_of(parameter: Node) -> Any:
    """A value that the document gives or allows for a parameter."""
    if "example" in parameter.names():
        return parameter.value["example"]
    examples = parameter.at("examples")
    for name in examples.names():
        if "value" in examples.at(name).names():
            return examples.at(name).value["value"]
    schema = parameter.at("schema")
    if schema.value is None:
        content = parameter.at("content")
        schema = content.at(content.names()[0], "schema") if content.names() else schema
    return _allowed(schema)


def _allowed(schema: Node) -> Any:  # noqa: PLR0911 - one return per way of allowing
    keywords = schema.value if isinstance(schema.value, Mapping) else {}
    for keyword in ("example", "default", "const"):
        if keyword in keywords:
            return keywords[keyword]
    for keyword in ("examples", "enum"):
        if isinstance(keywords.get(keyword), list) and keywords[keyword]:
            return keywords[keyword][0]
    for keyword in ("allOf", "oneOf", "anyOf"):
        if keywords.get(keyword):
            return _allowed(schema.at(keyword, 0))
    types = keywords.get("type")
    json_type = next((each for each in types if each != "null"), None) if isinstance(types, list) else types
    if json_type in {"integer", "number"}:
        return max(1, int(keywords.get("minimum", 1)))
    if json_type == "array":
        return [_allowed(schema.at("items"))]
    if json_type == "object":
        required = keywords.get("required", [])
        return {name: _allowed(schema.at("properties", name)) for name in required} or {"a": "b"}
    formats = {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "date": "2026-11-30",
        "date-time": "2026-11-30T00:00:00Z",
        "uri": "https://example.com/",
        "email": "a@example.com",
    }
    text = formats.get(str(keywords.get("format")), "word")
    return text.ljust(int(keywords.get("minLength", 0)), "a")[: int(keywords.get("maxLength", 10**6))]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value)


def _query_of(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{name}[{key}]": _text(inner) for key, inner in value.items()}
    return {name: [_text(each) for each in value] if isinstance(value, list) else _text(value)}


def json_of(response: TestResponse) -> Any:
    """The JSON body of a response, or None."""
    if "json" not in (response.mimetype or ""):
        return None
    return json.loads(response.data)


def items_of(body: Any) -> list[Any] | None:
    """The records of a list: the body, or the only list of objects at most two objects deep in it."""
    if isinstance(body, list):
        return body
    if not isinstance(body, Mapping) or {"id", "sid"} & body.keys():
        return None
    lists = [value for value in body.values() if isinstance(value, list)]
    for value in body.values():
        if isinstance(value, Mapping):
            lists += [inner for inner in value.values() if isinstance(inner, list)]
    return lists[0] if len(lists) == 1 else None


def _outer_objects(body: Any) -> list[Mapping[str, Any]]:
    """A body, what stands directly in it, and the first record of its list, as far as they are objects."""
    inner = list(body.values()) if isinstance(body, Mapping) else []
    items = items_of(body) or []
    return [each for each in (body, *inner, *items[:1]) if isinstance(each, Mapping)]


def _identity(item: Any) -> str:
    if isinstance(item, Mapping):
        for name in ("id", "sid", "uuid", "slug", "name", "key"):
            if isinstance(item.get(name), str | int):
                return str(item[name])
        inner = next(iter(item.values()), None)
        if isinstance(inner, Mapping) and len(item) == 1:
            return _identity(inner)
    return json.dumps(item, sort_keys=True)


def _scalars(body: Any, depth: int = 3) -> Iterator[tuple[str, str, Any]]:
    """Names of the outer object and the member, and the value, of everything that is no list."""
    if not isinstance(body, Mapping):
        return
    for name, value in body.items():
        if isinstance(value, Mapping) and depth > 1:
            yield from (
                (outer or plain(name), key, inner) for outer, key, inner in _scalars(value, depth - 1)
            )
        elif not isinstance(value, list | Mapping):
            yield "", name, value


def _named(body: Any) -> Iterator[tuple[str, Any]]:
    """What an answer names as next: members called so, or inside objects called so."""
    for outer, name, value in _scalars(body):
        word = plain(name)
        if word.startswith("next") or word in {"cursor", "endcursor"}:
            yield word, value
        elif outer.startswith("next") or (outer == "links" and word == "href"):
            yield f"next{word}", value


def _parameter_for(name: str, parameters: Mapping[str, str]) -> str | None:
    """The query parameter that takes what an answer names."""
    bare = name.removeprefix("next").removeprefix("page") or "page"
    candidates = (
        name,
        bare,
        f"page{bare}",
        "cursor",
        "pagetoken",
        "after",
        "startingafter",
        "marker",
        "offset",
        "page",
    )
    return next((parameters[each] for each in candidates if each in parameters), None)


def _member(body: Any, words: set[str]) -> Any:
    return next((value for _, name, value in _scalars(body) if plain(name) in words), None)


def _total(body: Any) -> int | None:
    words = {
        "total",
        "totalcount",
        "totalitems",
        "totalrecords",
        "totalelements",
        "totalresults",
        "itemstotal",
    }
    total = _member(body, words)
    return total if isinstance(total, int) else None
