"""What one document's mock shows to a generic client: answers, lists, documented examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator
from werkzeug.test import Client, TestResponse

from mock_server.app import build_engine, create_app
from mock_server.settings import Settings
from tests.corpus.documents import REGISTRY, REGISTRY_3_0, Document, Node, Operation
from tests.corpus.walk import GenericClient, Walk, items_of, json_of, plain

_IDENTITIES = ("id", "uuid", "sid", "slug", "name", "key")
_COUNTS = re.compile(r"^(total.*|.*total|count|.*count|pages|.*pages)$")
"""Members that count what a list holds."""


@dataclass
class Survey:
    """The findings of one document, each with the path of its operation.

    examples: the operations with a documented example of their success. contradictory: those whose example is
    contradicted by what else the document says. not_shown: the others whose example is not shown.
    """

    gets: int = 0
    answered: int = 0
    wrong: list[str] = field(default_factory=list)
    lists: int = 0
    paged: int = 0
    list_troubles: list[str] = field(default_factory=list)
    examples: int = 0
    contradictory: list[str] = field(default_factory=list)
    not_shown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    not_judged: list[str] = field(default_factory=list)


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    """As jsonschema's own, except that patterns which Python does not know hold."""
    del schema
    if validator.is_type(value, "string"):
        try:
            holds = re.search(pattern, value) is not None
        except re.error:
            return
        if not holds:
            yield ValidationError(f"{value!r} does not match {pattern!r}")


_READ_3_0 = extend(OAS30ReadValidator, {"pattern": _pattern})
_READ_3_1 = extend(Draft202012Validator, {"pattern": _pattern})


def client_of(path: Path) -> tuple[Client, str]:
    """A client of the mock of one document, and the prefix of its paths."""
    settings = Settings(contracts=(), specs=(path,))
    engine = build_engine(settings)
    prefix = next(iter(engine.context.contracts.values())).contract.prefix
    return create_app(settings, engine=engine).test_client(use_cookies=False), prefix


def survey(document: Document) -> Survey:
    """Ask every GET, and walk every list to its end."""
    client = GenericClient(document, *client_of(document.path))
    result = Survey()
    records = _documented_records(document)
    for get in document.gets():
        result.gets += 1
        arguments, response = client.asked(get)
        content = _judge(result, get, response, document)
        if content is not None:
            _judge_example(
                result,
                get,
                content,
                json_of(response),
                document=document,
                sent=arguments[1],
                records=records,
            )
        if response.status_code == 200 and items_of(json_of(response)) is not None:
            _judge_list(result, client, get)
    return result


def _judge(result: Survey, get: Operation, response: TestResponse, document: Document) -> Node | None:
    """Judge an answer; returns the documented content of a success in its media type, if it was judged."""
    status = response.status_code
    if status >= 500 and not _documents_only_failure(get):
        result.wrong.append(f"GET {get.path}: {status} {response.text[:200]}")
        return None
    if status >= 400:
        result.refused.append(f"GET {get.path}: {status} {response.text[:160]}")
    else:
        result.answered += 1
    declared = get.response(status)
    content = declared.at("content")
    if not content.names():
        return None
    media_type = next((each for each in content.names() if _fits(each, response.mimetype)), None)
    if media_type is None:
        documented = ", ".join(content.names())
        result.wrong.append(f"GET {get.path}: {status} {response.mimetype}, documented: {documented}")
        return None
    if json_of(response) is None and "json" not in media_type:
        return None
    schema = content.at(media_type, "schema")
    is_right = schema.value is None or _satisfies(result, get, schema, response, document)
    return content.at(media_type) if is_right and status < 300 else None


def _satisfies(
    result: Survey, get: Operation, schema: Node, response: TestResponse, document: Document
) -> bool:
    """Judge an answer by its documented schema."""
    try:
        error = schema_error(schema.uri, json_of(response), document)
    except Exception as trouble:
        result.not_judged.append(f"GET {get.path}: {type(trouble).__name__}: {str(trouble)[:120]}")
        return False
    if error is not None:
        place = "/".join(map(str, error.absolute_path))
        result.wrong.append(f"GET {get.path}: {response.status_code} {place}: {error.message[:200]}")
    return error is None


def _documents_only_failure(get: Operation) -> bool:
    return all(str(status).startswith("5") for status in get.operation.at("responses").names())


def _fits(declared: str, sent: str | None) -> bool:
    bare = declared.partition(";")[0].strip().lower()
    return bare == sent or re.fullmatch(re.escape(bare).replace(r"\*", ".*"), sent or "") is not None


def schema_error(uri: str, body: Any, document: Document) -> ValidationError | None:
    """What is wrong with a body by the schema at a URI, or None."""
    is_3_0 = document.version.startswith("3.0")
    validator, registry = (_READ_3_0, REGISTRY_3_0) if is_3_0 else (_READ_3_1, REGISTRY)
    return next(validator({"$ref": uri}, registry=registry).iter_errors(body), None)


def _judge_example(
    result: Survey,
    get: Operation,
    content: Node,
    body: Any,
    *,
    document: Document,
    sent: Mapping[str, Any],
    records: Mapping[str, list[Any]],
) -> None:
    """Judge whether an answer shows an example. sent: the query. records: see _documented_records."""
    examples = _examples_of(content)
    schema = content.at("schema")
    if schema.value is not None:
        examples = [each for each in examples if not _is_invalid(schema.uri, each, document)]
    if not examples:
        return
    result.examples += 1
    best = max(examples, key=lambda example: _agreement(example, body))
    if _agreement(best, body) == 1:
        return
    if _is_contradicted(best, body, records) or _is_filtered(best, sent) or _is_foreign(best, schema):
        result.contradictory.append(f"GET {get.path}: {_agreement(best, body):.0%}")
    else:
        result.not_shown.append(f"GET {get.path}: {_agreement(best, body):.0%}")


def _examples_of(content: Node) -> list[Any]:
    """The examples of a media type."""
    examples = [content.at("example")] if "example" in content.names() else []
    named = content.at("examples")
    examples += [named.at(name, "value") for name in named.names()]
    return [each.value for each in examples if each.value is not None]


def _documented_records(document: Document) -> dict[str, list[Any]]:
    """The objects in the examples of all GETs by their identity, each once for every example."""
    records: dict[str, list[Any]] = {}
    for get in document.gets():
        content = get.response(200).at("content")
        for media_type in content.names():
            for example in _examples_of(content.at(media_type)):
                for record in _objects(example):
                    identity = _identity_of(record)
                    if identity is not None:
                        records.setdefault(identity, []).append(record)
    return records


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    inner: Iterable[Any] = ()
    if isinstance(value, Mapping):
        yield value
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for each in inner:
        yield from _objects(each)


def _identity_of(value: Any) -> str | None:
    """What tells a record from others, None for a value that has nothing of the kind."""
    if not isinstance(value, Mapping):
        return None
    names = (name for name in _IDENTITIES if isinstance(value.get(name), str | int))
    name = next(names, None)
    return None if name is None else f"{name} {value[name]}"


def _is_contradicted(example: Any, body: Any, records: Mapping[str, list[Any]]) -> bool:
    """Whether an answer differs from an example only where another example of the same record does.

    Lists must begin with the same records.
    """
    if isinstance(example, list):
        entries = body[: len(example)] if isinstance(body, list) else []
        if [*map(_identity_of, example)] != [*map(_identity_of, entries)]:
            return _agreement(example, body) == 1
        return all(_is_contradicted(*pair, records) for pair in zip(example, entries, strict=True))
    if not isinstance(example, Mapping) or not isinstance(body, Mapping):
        return _agreement(example, body) == 1
    identity = _identity_of(example)
    others = records.get(identity, []) if identity is not None and identity == _identity_of(body) else []
    for name, value in example.items():
        shown = body.get(name)
        if _agreement({name: value}, {name: shown}) == 1 or _is_contradicted(value, shown, records):
            continue
        if not any(name in other and other[name] != value for other in others):
            return False
    return True


def _is_filtered(example: Any, sent: Mapping[str, Any]) -> bool:
    """Whether an example shows records that its operation's own required query excludes."""
    asked = {plain(name): value for name, value in sent.items() if isinstance(value, str)}
    return any(
        plain(name) in asked and isinstance(value, str) and value != asked[plain(name)]
        for record in _objects(example)
        for name, value in record.items()
    )


def _is_foreign(example: Any, schema: Node) -> bool:
    """Whether a schema that describes members describes none of an example's."""
    declared = {name for part in _parts(schema) for name in part.at("properties").names()}
    return bool(declared) and isinstance(example, Mapping) and declared.isdisjoint(example)


def _parts(schema: Node) -> Iterator[Node]:
    yield schema
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.at(keyword).each():
            yield from _parts(part)


def _is_invalid(uri: str, example: Any, document: Document) -> bool:
    try:
        return schema_error(uri, example, document) is not None
    except Exception:
        return False


def _agreement(example: Any, body: Any) -> float:
    """The share of an example's values that a body has at the same place.

    An address may be one of this mock or, at an end, none; null or empty may be left out, and counts follow
    from the state.
    """
    pairs = list(_pairs(example, body))
    return sum(pairs) / len(pairs) if pairs else 1.0


def _pairs(example: Any, body: Any) -> list[bool]:
    if isinstance(example, Mapping):
        inner = body if isinstance(body, Mapping) else {}
        described = {name: value for name, value in example.items() if not _COUNTS.match(plain(name))}
        return [each for name, value in described.items() for each in _pairs(value, inner.get(name))]
    if isinstance(example, list):
        entries = body if isinstance(body, list) else []
        padded = [*entries, *([None] * len(example))]
        return [each for value, entry in zip(example, padded, strict=False) for each in _pairs(value, entry)]
    is_address = isinstance(example, str) and re.match(r"https?://|/", example)
    may_differ = is_address and (body is None or isinstance(body, str))
    return [example == body or bool(may_differ) or (not example and not body)]


def _judge_list(result: Survey, client: GenericClient, get: Operation) -> None:
    result.lists += 1
    walk = client.walk(get)
    result.paged += walk.pages > 1
    for trouble in list_troubles(walk, _everything(client, get)):
        result.list_troubles.append(f"GET {get.path} by {walk.by}: {trouble}")


def _everything(client: GenericClient, get: Operation) -> list[str] | None:
    """The keys on one page as large as is allowed, or None if the page is not the whole list."""
    (path, query, headers), _response = client.asked(get)
    size = client.size_parameter(get)
    if size is not None:
        bounds = get.parameters["query", size].at("schema").value or {}
        query[size] = min(1000, int(bounds.get("maximum") or 1000))
    body = json_of(client.get(path, query, headers))
    items = items_of(body)
    return None if items is None else client.identities(items)


def list_troubles(walk: Walk, everything: list[str] | None) -> list[str]:
    """What is wrong with a walk. everything: the keys of one large page."""
    troubles = [walk.trouble] if walk.trouble else []
    if walk.endless:
        return [*troubles, "does not end"]
    if len(set(walk.keys)) != len(walk.keys) and len(set(everything or ())) == len(everything or ()):
        troubles.append(f"{len(walk.keys) - len(set(walk.keys))} items twice")
    missing = set(everything or ()) - set(walk.keys)
    if missing and walk.by != "nothing":
        troubles.append(f"{len(missing)} of {len(everything or ())} items missing")
    if walk.total is not None and walk.by != "nothing" and walk.total != len(walk.keys):
        troubles.append(f"{len(walk.keys)} items, total says {walk.total}")
    return troubles
