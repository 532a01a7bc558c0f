"""Schemas of a contract, compiled: whether a value keeps them, and where and how it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from urllib.parse import unquote

import jsonschema_rs

from contract_tests.openapi.pointers import follow, parts

Direction = Literal["request", "response"]

BROKEN = (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError)
"""What compiling a schema raises that is none, or that is nested too deeply."""

DEEPEST = 16
"""How many references and `allOf` inside each other are followed: a schema may be made of itself."""

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):([0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One rule a value breaks.

    where: a dotted path such as `data.0.id`, empty for the value itself. cites: what the schema that has the
    rule cites (of a missing member: the member's), else the nearest one around it that cites anything.
    """

    where: str
    keyword: str
    message: str
    cites: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class Shapes:
    """The components of one document as they hold in one direction.

    A `readOnly` member is never owed by a request, a `writeOnly` one never by a response (OpenAPI 3.1,
    section 4.8.24).
    """

    def __init__(self, document: Mapping[str, Any], direction: Direction) -> None:
        self._document = document
        self._mark = "readOnly" if direction == "request" else "writeOnly"
        self._is_3_0 = str(document.get("openapi", "")).startswith("3.0")
        self._components = self._adapt(document.get("components") or {})
        self._targets: dict[str, Any] = {}
        self.has_citations = _cites_anything(document)

    def schema(self, node: Any) -> Schema:
        """The schema written as `node`, its references resolved within the document."""
        return Schema(node=self._adapt(node), shapes=self)

    def compile(self, *nodes: Any) -> jsonschema_rs.Draft202012Validator:
        """A validator of all of `nodes`; formats are asserted, times as leniently as RFC 3339 allows."""
        whole = {**self._referenced(nodes), "allOf": list(nodes)}
        return jsonschema_rs.Draft202012Validator(
            whole, validate_formats=True, formats={"date-time": is_date_time}, ignore_unknown_formats=True
        )

    def is_sound(self, nodes: Iterable[Any]) -> bool:
        """Whether schemas can be compiled."""
        try:
            self.compile(*nodes)
        except BROKEN:
            return False
        return True

    def _referenced(self, nodes: Iterable[Any]) -> dict[str, Any]:
        """The parts of the document that schemas refer to, directly or not, each in its place.

        A validator takes the time of everything it is given, and large documents have thousands of schemas.
        """
        targets: dict[str, Any] = {}
        waiting = list(nodes)
        while waiting:
            for reference in _references(waiting.pop()):
                if reference not in targets and reference.startswith("#/"):
                    targets[reference] = self._target(reference)
                    waiting.append(targets[reference])
        whole: dict[str, Any] = {}
        for reference in sorted(targets, key=len):
            _place(whole, parts(unquote(reference[1:])), targets[reference])
        return whole

    def _target(self, reference: str) -> Any:
        if reference not in self._targets:
            inside = reference.startswith("#/components/")
            found = follow({"components": self._components} if inside else self._document, reference)
            self._targets[reference] = found if inside else self._adapt(found)
        return self._targets[reference]

    def cites(self, node: Any, path: Iterable[str | int]) -> tuple[str, ...]:
        """What the schema at a validator's path cites, else the nearest one around it that cites anything.

        path: from the whole that `compile` makes of `node`.
        """
        here: Any = {"components": self._components, "allOf": [node]}
        found: tuple[str, ...] = ()
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                break
            found = (cited(here) if isinstance(here, dict) else ()) or found
        return found

    def flat(self, node: Any, *, depth: int = 0) -> dict[str, Any]:
        """`node` with references followed, `allOf` laid into one object, and a choice between a schema and
        null written as the schema with one type more; as deep as DEEPEST."""
        merged: dict[str, Any] = {}
        for _ in range(DEEPEST):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                break
            merged = {**merged, **{key: value for key, value in node.items() if key != "$ref"}}
            node = self._target(node["$ref"])
        own = dict(node) if isinstance(node, dict) else {}
        every = own.pop("allOf", []) if depth < DEEPEST else []
        every = every if isinstance(every, list) else []
        for part in [*(self.flat(each, depth=depth + 1) for each in every), own]:
            _lay_over(merged, part)
        if depth < DEEPEST:
            merged = self._without_choice_of_null(merged, depth)
        return {key: value for key, value in merged.items() if _has_its_type(key, value)}

    def _without_choice_of_null(self, merged: dict[str, Any], depth: int) -> dict[str, Any]:
        """Generators write what may be null as `anyOf` of its schema and of the type null."""
        for word in ("anyOf", "oneOf"):
            forms = merged.get(word)
            if not isinstance(forms, list) or {"type": "null"} not in forms:
                continue
            others = [form for form in forms if form != {"type": "null"}]
            if len(others) != 1:
                continue
            rest = {key: value for key, value in merged.items() if key != word}
            form = self.flat(others[0], depth=depth + 1)
            if "type" in form:
                named = [form["type"]] if isinstance(form["type"], str) else form["type"]
                form = {**form, "type": [*named, "null"]}
            return {**form, **rest}
        return merged

    def _adapt(self, node: Any, marked: frozenset[str] = frozenset()) -> Any:
        """marked: members that the schemas around one of `allOf` let be absent in this direction."""
        if isinstance(node, list):
            return [self._adapt(item) for item in node]
        if not isinstance(node, dict):
            return node
        if self._is_3_0 and isinstance(node.get("$ref"), str):
            return {"$ref": node["$ref"]}  # what stands beside a reference counts from 3.1 on
        marked |= self._marked_members(node)
        parts = node.get("allOf")
        adapted = {key: self._adapt(value) for key, value in node.items() if key != "allOf"}
        if isinstance(parts, list):
            adapted["allOf"] = [self._adapt(part, marked) for part in parts]
        if isinstance(node.get("required"), list):
            adapted["required"] = [name for name in node["required"] if str(name) not in marked]
        return _as_3_1(adapted) if self._is_3_0 else adapted

    def _marked_members(self, node: Any, depth: int = 0) -> frozenset[str]:
        """The marked properties of an object, those in its `allOf` included."""
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            node = follow(self._document, node["$ref"])
        if not isinstance(node, dict) or depth >= DEEPEST:
            return frozenset()
        properties, parts = node.get("properties"), node.get("allOf")
        own = properties.items() if isinstance(properties, dict) else ()
        found = {name for name, each in own if self._is_marked(each)}
        for part in parts if isinstance(parts, list) else ():
            found |= self._marked_members(part, depth + 1)
        return frozenset(found)

    def _is_marked(self, node: Any) -> bool:
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            node = follow(self._document, node["$ref"])
        return isinstance(node, dict) and node.get(self._mark) is True


@dataclass(frozen=True)
class Schema:
    """One schema. Compiled when it is first used, then kept."""

    node: Any
    shapes: Shapes

    @cached_property
    def _compiled(self) -> jsonschema_rs.Draft202012Validator:
        try:
            return self.shapes.compile(self.node)
        except BROKEN:  # the document is at fault, not who answers by it
            return jsonschema_rs.Draft202012Validator(True)

    @cached_property
    def flat(self) -> dict[str, Any]:
        """Its keywords, references followed and `allOf` merged."""
        return self.shapes.flat(self.node)

    @property
    def types(self) -> frozenset[str]:
        """The JSON types it names; none when it leaves them open."""
        named = self.flat.get("type", [])
        return frozenset([named] if isinstance(named, str) else named)

    @property
    def is_given(self) -> bool:
        """Whether it shows or fixes a value of its own: an example, a default, a constant, a choice."""
        return any(word in self.flat for word in ("example", "examples", "default", "const", "enum"))

    def inner(self, node: Any) -> Schema:
        """A schema found inside this one."""
        return Schema(node=node, shapes=self.shapes)

    @property
    def properties(self) -> dict[str, Schema]:
        """The declared members of an object."""
        found = self.flat.get("properties", {})
        return {name: self.inner(node) for name, node in found.items()}

    @property
    def items(self) -> Schema | None:
        """The schema of an array's items, when it says anything."""
        node = self.flat.get("items")
        return self.inner(node) if isinstance(node, dict) and node else None

    def cited_places(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each place of the value that its schema says something of, as a dotted path, with what is cited for
        it: its own citations, else those of the place around it. A schema that is referred to more than once
        is shown at its first place. A document without citations has one place."""
        if self.shapes.has_citations:
            yield from self._cited_places("", (), set())
        else:
            yield "", ()

    def _cited_places(
        self, where: str, around: tuple[str, ...], seen: set[str]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        flat = self.flat
        cites = cited(flat) or around
        yield where, cites
        inner = {f"{where}.{name}".lstrip("."): each for name, each in self.properties.items()}
        if self.items is not None:
            inner[where] = self.items
        forms = [self.inner(form) for word in ("oneOf", "anyOf") for form in flat.get(word, ())]
        for place, schema in [*inner.items(), *((where, form) for form in forms)]:
            reference = schema.node.get("$ref") if isinstance(schema.node, dict) else None
            if reference not in seen:
                seen |= {reference} if isinstance(reference, str) else set()
                yield from schema._cited_places(place, cites, seen)

    def _errors(self, value: Any) -> list[jsonschema_rs.ValidationError]:
        try:
            return list(self._compiled.iter_errors(value))
        except UnicodeEncodeError:
            return list(self._compiled.iter_errors(_encodable(value)))
        except ValueError:  # nested too deeply to be judged
            return []

    def accepts(self, value: Any) -> bool:
        """Whether the value keeps every rule."""
        try:
            return bool(self._compiled.is_valid(value))
        except UnicodeEncodeError:
            return bool(self._compiled.is_valid(_encodable(value)))
        except ValueError:  # nested too deeply to be judged
            return True

    def violations(self, value: Any) -> Iterator[SchemaViolation]:
        """Each rule the value breaks."""
        for error in self._errors(value):
            where = ".".join(str(part) for part in error.instance_path)
            missing = error.kind.name == "required"
            path = _of_member(error) if missing else error.schema_path
            yield SchemaViolation(
                where, str(error.kind.name), str(error.message), self.shapes.cites(self.node, path)
            )


def _cites_anything(node: Any) -> bool:
    if isinstance(node, Mapping):
        own = "x-cites" in node or "x-decision" in node
        return own or any(map(_cites_anything, node.values()))
    return isinstance(node, list) and any(map(_cites_anything, node))


def _encodable(value: Any) -> Any:
    """A value with a replacement character for each half of a surrogate pair, which UTF-8 cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, Mapping):
        return {_encodable(name): _encodable(inner) for name, inner in value.items()}
    return value


def _references(node: Any) -> Iterator[str]:
    """Every reference inside a schema."""
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _place(whole: dict[str, Any], way: list[str], value: Any) -> None:
    """Put a part of a document where it stood, unless something around it is there already."""
    here = whole
    for step in way[:-1]:
        here = here.setdefault(step, _Frame())
        if not isinstance(here, _Frame):
            return
    here.setdefault(way[-1], value)


class _Frame(dict[str, Any]):
    """An object made only to hold parts of a document in their places."""


def cited(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The facts and decisions an object of the document cites itself."""
    return (*node.get("x-cites", ()), *node.get("x-decision", ()))


def _of_member(error: jsonschema_rs.ValidationError) -> list[str | int]:
    """The path of the schema of a member that is missing."""
    return [*error.schema_path[:-1], "properties", str(getattr(error.kind, "property", ""))]


def is_date_time(text: str) -> bool:
    """Whether the text is an RFC 3339 date-time: fraction and lower case allowed, an offset needed (section
    5.6).
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return False
    try:
        datetime.fromisoformat(f"{found[1]}T{found[2]}:00")
    except ValueError:
        return False
    return True


_OBJECTS = ("properties", "patternProperties", "discriminator")
_LISTS = ("required", "enum", "allOf", "anyOf", "oneOf", "examples")
_NUMBERS = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems")
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_OBJECTS, dict),
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(_NUMBERS, (int, float)),
    **dict.fromkeys(("format", "pattern"), str),
    "type": (str, list),
}
"""The JSON types of the values of keywords that are read one by one."""


def _has_its_type(keyword: str, value: Any) -> bool:
    """Whether a keyword's value is of the type it must have; otherwise the schema counts without it."""
    return isinstance(value, _TYPES.get(keyword, object))


def _lay_over(merged: dict[str, Any], part: Mapping[str, Any]) -> None:
    for key, value in part.items():
        if not _has_its_type(key, value):
            continue
        if key == "properties" and key in merged:
            merged[key] = {**merged[key], **value}
        elif key == "required" and key in merged:
            merged[key] = list(dict.fromkeys([*merged[key], *value]))
        else:
            merged[key] = value


def _as_3_1(node: dict[str, Any]) -> dict[str, Any]:
    """A schema object of OpenAPI 3.0 in the words of 3.1."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if node.get(exclusive) is True and bound in node:
            node[exclusive] = node.pop(bound)
        elif isinstance(node.get(exclusive), bool):
            del node[exclusive]
    return _nullable(node) if node.get("nullable") is True else node


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    """A schema object that null satisfies as well.

    OpenAPI 3.0.3 lets `nullable` count only beside `type`. Generators write it beside `anyOf`, `oneOf` and
    `allOf` too, since nothing may stand beside a reference, and servers then answer null.
    """
    if isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    if isinstance(node.get("enum"), list) and None not in node["enum"]:
        node["enum"] = [*node["enum"], None]
    for keyword in ("anyOf", "oneOf"):
        if isinstance(node.get(keyword), list):
            node[keyword] = [*node[keyword], {"type": "null"}]
    if not isinstance(node.get("allOf"), list):
        return node
    marks: dict[str, Any] = {key: node[key] for key in ("readOnly", "writeOnly") if key in node}
    return {**marks, "anyOf": [node, {"type": "null"}]}
