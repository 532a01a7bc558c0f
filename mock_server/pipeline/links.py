"""URLs in replies: those of the API's own servers point at this mock, and self links at what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from mock_server.contract.presentation import SELF_LINKS, Link, value_at
from mock_server.pipeline.exchange import Exchange

_VARIABLE = re.compile(r"\\\{[^{}]*\\\}")
_VERSION = re.compile(r"/v\d+(?=[/?#]|$)")
_DEPTH = 3
"""Self links stand in the record or in an object of it: links.self, _links.self.href."""


def with_own_links(value: Any, exchange: Exchange) -> Any:
    """Return the value of a body with the URLs of the API's servers replaced by URLs of this mock.

    Links of a record to itself get its own address. The value itself is not changed.
    """
    link = record_linker(exchange)
    place = exchange.route.behaviour.envelope.data
    result = _with_server_urls(value, exchange)
    if isinstance(value_at(result, place), list):
        return _at(result, place, lambda shown: [link(record) for record in shown])
    return _at(result, place, link)


def record_linker(exchange: Exchange) -> Link:
    """What gives a record, or each record of a list, the URLs of this mock and its own address."""
    address = exchange.request.base_url + exchange.request.path
    route = exchange.route
    if _is_about_path(exchange):
        return lambda record: _with_self(_with_server_urls(record, exchange), address, _DEPTH)
    if not route.has_items:
        return lambda record: _with_server_urls(record, exchange)
    key = route.mounted.behaviours.collection_of(route.behaviour).key
    return lambda record: _with_key(_with_server_urls(record, exchange), address, key)


def _is_about_path(exchange: Exchange) -> bool:
    """Whether the record that a reply shows has the address of the request: one that is read, or changed."""
    route = exchange.route
    ends_at_record = route.operation.path.rstrip("/").endswith("}")
    action = route.behaviour.action
    return action == "read" or (action in {"replace", "merge"} and ends_at_record)


def _with_server_urls(value: Any, exchange: Exchange) -> Any:
    """A value whose URLs of the API's servers are URLs of this mock."""
    contract = exchange.route.mounted.contract
    patterns = _patterns(contract.servers)
    if not patterns:
        return value
    own_address = exchange.request.base_url + contract.prefix

    def replaced(text: str) -> str:
        rests = (_below(text, pattern) for pattern in patterns)
        rest = next((rest for rest in rests if rest is not None), None)
        return text if rest is None else own_address + rest

    return _with_texts(value, replaced)


@lru_cache(maxsize=64)
def _patterns(servers: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The beginning of a URL of each server. Group `base`: the server's path, unless the URL has another.

    Variables of a server stand for any text without a slash.
    """
    patterns: list[re.Pattern[str]] = []
    for server in servers:
        address = re.match(r"(https?://[^/]+)(.*)", server)
        if address is not None:
            host, base = (_with_variables(part.rstrip("/")) for part in address.groups())
            patterns.append(re.compile(rf"{host}(?P<base>{base}(?=[/?#]|$))?"))
    return tuple(patterns)


def _with_variables(address: str) -> str:
    """An expression for a part of an address: each variable ends at the first place where the text after it
    stands, so that it is linear in the text."""
    first, *others = _VARIABLE.split(re.escape(address))
    return first + "".join(f"(?>[^/]*?{text})" if text else "[^/]*+" for text in others)


def _below(text: str, server: re.Pattern[str]) -> str | None:
    """What follows the address of a server in a URL, or None for a URL of another server or part of it."""
    match = server.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if match["base"] is not None:
        return rest
    # An example may show another version of the API, on the same server.
    version = _VERSION.match(rest)
    return rest[version.end() :] if version and re.search(r"/v\\?\d", server.pattern) else None


def _with_texts(value: Any, replaced: Callable[[str], str]) -> Any:
    """A value with each of its texts replaced."""
    if isinstance(value, str):
        return replaced(value) if value.startswith("http") else value
    if isinstance(value, list):
        return [_with_texts(entry, replaced) for entry in value]
    if isinstance(value, dict):
        return {name: _with_texts(item, replaced) for name, item in value.items()}
    return value


def _at(value: Any, dotted: str | None, change: Callable[[Any], Any]) -> Any:
    """A value with what stands at a dotted path changed, unchanged without that."""
    if dotted is None:
        return change(value)
    name, _, rest = dotted.partition(".")
    if not isinstance(value, dict) or name not in value:
        return value
    return {**value, name: _at(value[name], rest or None, change)}


def _with_key(shown: Any, address: str, key: str) -> Any:
    """A record with links to its own address below that of the list."""
    if not isinstance(shown, dict) or not isinstance(shown.get(key), str | int):
        return shown
    return _with_self(shown, f"{address.rstrip('/')}/{quote(str(shown[key]), safe='')}", _DEPTH)


def _with_self(record: Any, address: str, depth: int) -> Any:
    """A record whose links to itself are this address."""
    if not isinstance(record, dict) or depth == 0:
        return record
    return dict(_members(record, address, depth))


def _members(record: dict[str, Any], address: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, item in record.items():
        if name in SELF_LINKS and isinstance(item, str):
            yield name, address
        elif name in SELF_LINKS and isinstance(item, dict) and isinstance(item.get("href"), str):
            yield name, {**item, "href": address}
        elif name in {"links", "_links"}:
            yield name, _with_self(item, address, depth - 1)
        else:
            yield name, item
