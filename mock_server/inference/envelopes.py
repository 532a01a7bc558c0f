"""Find the record or the list in the schema of a body, and the members that describe the list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, ref_name
from mock_server.inference.naming import singular
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import Shape, plain_shape

_USUAL_LISTS = (
    "data",
    "items",
    "results",
    "records",
    "entries",
    "values",
    "content",
    "list",
    "rows",
    "value",
    "nodes",
)
_USUAL_RECORDS = (
    "data",
    "result",
    "item",
    "record",
    "value",
    "attributes",
    "payload",
    "response",
    "resource",
)
_IDS = frozenset({"id", "uuid", "key", "slug", "code"})
_ANNOTATIONS = frozenset(
    {"description", "title", "example", "examples", "nullable", "readOnly", "deprecated", "default"}
)
"""Keywords of a schema that say nothing of its structure."""

_DEPTH = 2
_META_DEPTH = 3
"""A list is at most one object deep; members that describe it may be deeper: meta.pagination.total."""


@dataclass(frozen=True, slots=True)
class LocatedSchema:
    """The record or list in a body.

    place: its dotted path, None if it is the body itself. schema: of the record, or of one entry of the list.
    meta: name of a metadatum (see RecordPage) → dotted path of the member for it.
    """

    place: str | None
    schema: Schema
    meta: Mapping[str, str] = field(default_factory=dict)


def component(schema: Schema | None, schemas: Mapping[str, Schema]) -> str | None:
    """Return the name of the component that a schema refers to, or None for an inline schema.

    A null alternative or a description beside the reference does not matter.
    """
    while isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            name = ref_name(schema["$ref"])
            target = schemas[name]
            if isinstance(target, Mapping) and set(target) == {"$ref"}:
                schema = target
                continue
            return name
        branches = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        not_null = [
            branch
            for branch in branches
            if isinstance(branch, Mapping) and branch.get("type") != "null" and not _is_plain_object(branch)
        ]
        if len(not_null) != 1 or "properties" in schema:
            return None
        schema = not_null[0]
    return None


def base_component(schema: Schema | None, schemas: Mapping[str, Schema]) -> str | None:
    """Return the name of the component that a schema refers to, or that it extends by further members."""
    name = component(schema, schemas)
    if name is None and isinstance(schema, Mapping) and len(schema.get("allOf", ())) == 1:
        return component(schema["allOf"][0], schemas)
    return name


def _is_plain_object(branch: Mapping[str, Any]) -> bool:
    """Whether a branch of a schema only annotates an object, or says nothing of its structure."""
    constraining = branch.keys() - _ANNOTATIONS
    types = branch.get("type")
    return not constraining or (constraining == {"type"} and types in ("object", ["object", "null"]))


def find_list(
    schema: Schema | None, schemas: Mapping[str, Schema], *, called: str = ""
) -> LocatedSchema | None:
    """Return the list in a body, or None. called: the collection's name, which its member may have, or the
    singular of it, as lists have that were XML once."""
    shape = plain_shape(schema, schemas)
    if shape.json_type == "array":
        return LocatedSchema(None, shape.keywords.get("items", True))
    lists = [
        (place, inner) for place, inner in _members(shape, schemas, _DEPTH) if inner.json_type == "array"
    ]
    names = {normalized(called), normalized(singular(called)), *_USUAL_LISTS}
    named = [(place, inner) for place, inner in lists if normalized(_last(place)) in names]
    deciding = named or [
        (place, inner) for place, inner in lists if _surrounded(place, inner, shape, schemas)
    ]
    if not deciding or (len(deciding) > 1 and not named) or _has_id(shape, schemas):
        return None
    place, inner = min(deciding, key=lambda candidate: candidate[0].count("."))
    meta = dict(_meta(shape, schemas, place))
    return LocatedSchema(place, inner.keywords.get("items", True), meta)


def is_record(schema: Schema | None, schemas: Mapping[str, Schema]) -> bool:
    """Whether a body has a key of its own: its lists are members like any other."""
    return _has_id(plain_shape(schema, schemas), schemas)


def sole_list(schema: Schema | None, schemas: Mapping[str, Schema]) -> LocatedSchema | None:
    """Return the only list directly in a body, else the only one inside its members, or None."""
    shape = plain_shape(schema, schemas)
    for depth in range(1, _DEPTH + 1):
        members = _members(shape, schemas, depth)
        lists = [(place, inner) for place, inner in members if inner.json_type == "array"]
        if len(lists) == 1:
            place, inner = lists[0]
            return LocatedSchema(place, inner.keywords.get("items", True), dict(_meta(shape, schemas, place)))
        if lists:
            break
    return None


def find_record(
    schema: Schema | None, schemas: Mapping[str, Schema], *, called: str = ""
) -> LocatedSchema | None:
    """Return the record in a body, or None if the body is not an object.

    called: the collection's name in the singular, which its member may have.
    """
    shape = plain_shape(schema, schemas)
    if shape.json_type != "object" or schema is None:
        return None
    names = {normalized(called), *_USUAL_RECORDS}
    for place, inner in _members(shape, schemas, 1):
        sole = len(shape.properties) == 1 and inner.properties
        if (
            inner.json_type == "object"
            and not _is_map(inner, schemas)
            and (normalized(_last(place)) in names or sole)
            and not _has_id(shape, schemas)
        ):
            return LocatedSchema(place, shape.properties[place])
    return LocatedSchema(None, schema) if shape.properties or follow(schema, schemas) is not True else None


def _is_map(shape: Shape, schemas: Mapping[str, Schema]) -> bool:
    """Whether an object has names of the client's choice, each with a single value."""
    values = shape.keywords.get("additionalProperties")
    of_one = plain_shape(values, schemas).json_type if isinstance(values, Mapping) else "any"
    return not shape.properties and of_one in {"string", "integer", "number", "boolean"}


_LINK = "(url|uri|link|href)?"
_COUNT = r"(?!page|current|returned|remaining)\w*count"
_TOTAL = "total(count|items|results|elements|records|size|rows|entries)?"
_META: tuple[tuple[str, str], ...] = (
    (
        "total",
        rf"^({_TOTAL}|{_COUNT}|(items|results)total|matches|found)$",
    ),
    ("per_page", r"^(perpage|pagesize|size|limit|itemsperpage|maxresults|take)$"),
    ("offset", r"^(offset|skip|start|startindex)$"),
    ("last_page", r"^(lastpage)$"),
    ("pages", r"^(pages|totalpages|pagecount|numpages|pagestotal)$"),
    ("current_page", r"^(page|currentpage|pagenumber|pageindex|number)$"),
    ("has_more", r"^(hasmore|more|hasnext|hasnextpage|hasmoreitems|istruncated)$"),
    ("has_previous", r"^(hasprevious|hasprev|hasprevpage|haspreviouspage)$"),
    (
        "next_cursor",
        r"^(next(cursor|token|pagetoken|marker|startingafter)|cursor|endcursor|after|continuation(token)?|continue)$",
    ),
    ("next_number", r"^(nextoffset|nextstart|nextpagenumber)$"),
    ("next", rf"^next(page)?{_LINK}$"),
    ("prev", rf"^prev(ious)?(page)?{_LINK}$"),
    ("prev_cursor", r"^(prev|previous)(page)?(cursor|token|marker)$"),
    ("first", rf"^first(page)?{_LINK}$"),
    ("last", rf"^last(page)?{_LINK}$"),
    ("self", r"^(self|url|uri|href)$"),
    ("shown", r"^(count|size|returned|itemcount|currentitemcount|numberofelements|pageitems)$"),
    ("from", r"^(from|fromitem)$"),
    ("to", r"^(to|toitem)$"),
    ("empty", r"^(empty)$"),
    ("is_first", r"^(isfirst|isfirstpage)$"),
    ("is_last", r"^(islast|islastpage)$"),
    ("first_key", r"^(firstid)$"),
    ("last_key", r"^(lastid)$"),
)

_AROUND = re.compile(r"^(next|prev(ious)?|first|last|self)(page)?$")
"""Objects that describe one page: _links.next.href, next_page.offset, paging.next.after."""

_INSIDE: tuple[tuple[str, str], ...] = (
    ("", r"^(href|url|uri|link)$"),
    ("_path", r"^(path)$"),
    ("_cursor", r"^(offset|after|startingafter|cursor|token|marker|page|pagenumber|start|skip)$"),
)
"""What a member of such an object holds, as the ending of the metadatum."""


def metadatum(name: str) -> str | None:
    """Return the metadatum (see RecordPage) that a member or header of this name holds, or None."""
    return next(iter(_metadata(_word(name))), None)


@lru_cache(maxsize=4096)
def _word(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


@lru_cache(maxsize=4096)
def _metadata(word: str) -> tuple[str, ...]:
    """The metadata that a name may mean, the most probable one first."""
    return tuple(purpose for purpose, pattern in _META if re.match(pattern, word))


def _meta(shape: Shape, schemas: Mapping[str, Schema], taken: str) -> Iterator[tuple[str, str]]:
    """The members that describe the list, by their usual names: pairs of metadatum and dotted path."""
    described = [
        (place, inner)
        for place, inner in _members(shape, schemas, _META_DEPTH)
        if place != taken and not place.startswith(f"{taken}.") and inner.json_type != "array"
    ]
    # Beside a total, a count is that of this page.
    described.sort(key=lambda entry: not _word(_last(entry[0])).startswith("total"))
    assigned: set[str] = set()
    for place, inner in described:
        purpose = next((each for each in _purposes(place, inner) if each not in assigned), None)
        if purpose is not None:
            assigned.add(purpose)
            yield purpose, place


def _purposes(place: str, inner: Shape) -> Sequence[str]:
    """The metadata that a member may hold, the most probable one first."""
    word = _word(_last(place))
    around = _AROUND.match(_word(place.split(".")[-2])) if "." in place else None
    if inner.json_type == "object":
        # The whole object is null where there is no such page.
        return [f"{_page_of(match)}_object"] if (match := _AROUND.match(word)) and inner.properties else []
    if around is not None:
        return [f"{_page_of(around)}{ending}" for ending, pattern in _INSIDE if re.match(pattern, word)]
    # The address of a list stands beside it or in an object with the other addresses.
    return _metadata(word)


def _page_of(match: re.Match[str]) -> str:
    return "prev" if match[1].startswith("prev") else match[1]


def _members(shape: Shape, schemas: Mapping[str, Schema], depth: int) -> Iterator[tuple[str, Shape]]:
    """The members of a body, and those inside them down to a depth, by dotted path."""
    for name, schema in shape.properties.items():
        inner = plain_shape(schema, schemas)
        yield name, inner
        if depth > 1 and inner.json_type == "object":
            for place, deeper in _members(inner, schemas, depth - 1):
                yield f"{name}.{place}", deeper


def _last(place: str) -> str:
    return place.rpartition(".")[2]


def _has_id(shape: Shape, schemas: Mapping[str, Schema]) -> bool:
    # An object called `key` is a record.
    return any(
        name in _IDS and plain_shape(member, schemas).json_type != "object"
        for name, member in shape.properties.items()
    )


def _surrounded(place: str, inner: Shape, shape: Shape, schemas: Mapping[str, Schema]) -> bool:
    """Whether a member is a list of objects and all members beside it only describe that list."""
    describing = {dotted.partition(".")[0] for _, dotted in _meta(shape, schemas, place)} | {"object"}
    others = shape.properties.keys() - describing
    return "." not in place and _is_object(inner, schemas) and others <= {place}


def _is_object(array: Shape, schemas: Mapping[str, Schema]) -> bool:
    items: Any = array.keywords.get("items")
    return plain_shape(items, schemas).json_type == "object"
