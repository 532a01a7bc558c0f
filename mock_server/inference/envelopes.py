"""Where in a body the record or the list stands, and what is told around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.operation import Schema
from mock_server.contract.schema import follow, ref_name
from mock_server.sampling.shapes import Shape, shape_of

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
_DEPTH = 2
_META_DEPTH = 3
"""Lists stand one object deep at most, what is told of them may stand deeper: meta.pagination.total."""


@dataclass(frozen=True, slots=True)
class LocatedSchema:
    """What a body carries.

    place: dotted, None when the body itself is it. schema: of the record, or of one entry of the list.
    meta: what is told besides → its dotted place.
    """

    place: str | None
    schema: Schema
    meta: Mapping[str, str] = field(default_factory=dict)


def normalized(name: str) -> str:
    """A name without separators and case: petId, pet_id and pet-id are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def plain_shape(schema: Schema | None, schemas: Mapping[str, Schema]) -> Shape:
    """The shape of a schema, the first branch that is not null taken where there are several."""
    return shape_of(
        schema,
        schemas,
        lambda branches: next(
            (branch for branch in branches if isinstance(branch, Mapping) and branch.get("type") != "null"),
            branches[0],
        ),
    )


def component(schema: Schema | None, schemas: Mapping[str, Schema]) -> str | None:
    """The component a schema is, None for one without a name. `nullable` and a description beside do
    not matter."""
    while isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            name = ref_name(schema["$ref"])
            target = schemas[name]
            if isinstance(target, Mapping) and set(target) == {"$ref"}:
                schema = target
                continue
            return name
        either = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        solid = [branch for branch in either if isinstance(branch, Mapping) and branch.get("type") != "null"]
        if len(solid) != 1 or "properties" in schema:
            return None
        schema = solid[0]
    return None


def find_list(
    schema: Schema | None, schemas: Mapping[str, Schema], *, called: str = ""
) -> LocatedSchema | None:
    """The list in a body, None when it carries none. called: the collection's name, which a member may
    have."""
    shape = plain_shape(schema, schemas)
    if shape.json_type == "array":
        return LocatedSchema(None, shape.keywords.get("items", True))
    lists = [
        (place, inner) for place, inner in _members(shape, schemas, _DEPTH) if inner.json_type == "array"
    ]
    named = [
        (place, inner)
        for place, inner in lists
        if normalized(_last(place)) in {normalized(called), *_USUAL_LISTS}
    ]
    deciding = named or [
        (place, inner) for place, inner in lists if _surrounded(place, inner, shape, schemas)
    ]
    if not deciding or (len(deciding) > 1 and not named) or _has_id(shape):
        return None
    place, inner = min(deciding, key=lambda candidate: candidate[0].count("."))
    meta = dict(_meta(shape, schemas, place))
    return LocatedSchema(place, inner.keywords.get("items", True), meta)


def find_record(
    schema: Schema | None, schemas: Mapping[str, Schema], *, called: str = ""
) -> LocatedSchema | None:
    """The record in a body, None when the body is no object. called: the collection's name in the
    singular."""
    shape = plain_shape(schema, schemas)
    if shape.json_type != "object" or schema is None:
        return None
    names = {normalized(called), *_USUAL_RECORDS}
    for place, inner in _members(shape, schemas, 1):
        sole = len(shape.properties) == 1 and inner.properties
        if inner.json_type == "object" and (normalized(_last(place)) in names or sole) and not _has_id(shape):
            return LocatedSchema(place, shape.properties[place])
    return LocatedSchema(None, schema) if shape.properties or follow(schema, schemas) is not True else None


_META: tuple[tuple[str, str], ...] = (
    (
        "total",
        r"^(total|count|totalcount|totalitems|totalresults|totalelements|totalrecords|\w+count|matches|found)$",
    ),
    ("per_page", r"^(perpage|pagesize|size|limit|itemsperpage|maxresults|take)$"),
    ("offset", r"^(offset|skip|start|startindex)$"),
    ("last_page", r"^(lastpage|pages|totalpages|pagecount|numpages)$"),
    ("current_page", r"^(page|currentpage|pagenumber|number)$"),
    ("has_more", r"^(hasmore|more|hasnext|hasnextpage)$"),
    ("has_previous", r"^(hasprevious|hasprev|hasprevpage|haspreviouspage)$"),
    (
        "next_cursor",
        r"^(nextcursor|nexttoken|nextpagetoken|cursor|endcursor|after|continuation|continuationtoken)$",
    ),
    ("next", r"^(next|nexturl|nextlink|nextpage|nextpageurl|nexthref)$"),
    ("prev", r"^(prev|previous|prevurl|previousurl|prevlink|prevpage|previouspage|prevpageurl)$"),
    ("first", r"^(first|firstpageurl|firsturl)$"),
    ("last", r"^(last|lastpageurl|lasturl)$"),
    ("self", r"^(self)$"),
    ("shown", r"^(pagecount|returned|itemcount|currentitemcount)$"),
)


def _meta(shape: Shape, schemas: Mapping[str, Schema], taken: str) -> Iterator[tuple[str, str]]:
    """The members that tell of the list: by the usual names, each purpose once."""
    meanings: set[str] = set()
    for place, inner in _members(shape, schemas, _META_DEPTH):
        if place == taken or inner.json_type in {"array", "object"}:
            continue
        word = re.sub(r"[^a-z]", "", _last(place).lower())
        if word == "href" and "." in place:
            word = re.sub(r"[^a-z]", "", place.split(".")[-2].lower())
        for purpose, pattern in _META:
            if purpose not in meanings and re.match(pattern, word):
                meanings.add(purpose)
                yield purpose, place
                break


def _members(shape: Shape, schemas: Mapping[str, Schema], depth: int) -> Iterator[tuple[str, Shape]]:
    for name, schema in shape.properties.items():
        inner = plain_shape(schema, schemas)
        yield name, inner
        if depth > 1 and inner.json_type == "object":
            for place, deeper in _members(inner, schemas, depth - 1):
                yield f"{name}.{place}", deeper


def _last(place: str) -> str:
    return place.rpartition(".")[2]


def _has_id(shape: Shape) -> bool:
    return any(name in _IDS for name in shape.properties)


def _surrounded(place: str, inner: Shape, shape: Shape, schemas: Mapping[str, Schema]) -> bool:
    """Whether a member is a list of objects and all around it only tells of that list."""
    outer = {dotted.partition(".")[0] for _, dotted in _meta(shape, schemas, place)}
    return "." not in place and _is_object(inner, schemas) and shape.properties.keys() - outer <= {place}


def _is_object(array: Shape, schemas: Mapping[str, Schema]) -> bool:
    items: Any = array.keywords.get("items")
    return plain_shape(items, schemas).json_type == "object"
