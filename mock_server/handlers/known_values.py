"""Values in the paths of addresses that belong to no collection: those that exist, and no others.

What exists is declared, what a record shows in a member of that name, and what a successful write has named
since: in its request or in its answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import unquote

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Call, Handler, Reply
from mock_server.store.index import query_text

_LONGEST = 256
"""Characters of a text that may be a value in a path."""
_MOST = 200
"""Values that are remembered of one request and its answer."""


def refuse_unknown(call: Call) -> None:
    """Raise ApiError (NOT_FOUND) if the path has a value that does not exist."""
    for parameter, values in call.behaviour.known.items():
        sent = query_text(call.path[parameter])
        is_named = sent in values or call.state.get(_storage(call), sent) is not None
        if not is_named and not _is_shown(parameter, call):
            raise ApiError(ErrorCode.NOT_FOUND)


def _is_shown(parameter: str, call: Call) -> bool:
    """Whether a record has the value of a path parameter in a member called like it."""
    words = [word for word in re.split(r"[_-]", parameter) if word]
    camel_case = "".join([*words[:1], *(word.capitalize() for word in words[1:])])
    wanted = [{name: call.path[parameter]} for name in {parameter, camel_case}]
    storages = [collection.storage for collection in call.behaviours.collections.values()]
    return any(True for storage in storages for each in wanted for _ in call.state.find(storage, each))


def noting_names(act: Handler) -> Handler:
    """A handler that remembers what its requests and replies name, for paths of the contract that need it."""
    return partial(_note, act)


def _note(act: Handler, call: Call) -> Reply:
    reply = act(call)
    texts = _texts([call.path, call.query, call.body, reply.data, reply.headers])
    for text in islice(texts, _MOST):
        call.state.put(_storage(call), text, {"value": text})
    return reply


def _texts(value: Any) -> Iterator[str]:
    """The scalars inside a value as texts, and the segments of those that are addresses."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        text = query_text(value)
        parts = [unquote(part) for part in text.partition("?")[0].split("/")] if "/" in text else [text]
        yield from (part for part in parts if 0 < len(part) <= _LONGEST)


def _storage(call: Call) -> str:
    # No collection that is inferred from a path is called so.
    return f"{call.operation.contract}/@named"
