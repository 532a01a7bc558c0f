"""Merge behaviour documents: file-wide defaults with operations, and a correction with the document inferred.

A correction is a document without `dialect`. Its members replace those of the inferred document, member by
member as in a merge patch (RFC 7396); null removes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.operation import Contract, Operation, success_schema
from mock_server.contract.schema import declared_members

_EVERY_OPERATION = "operations"
_EVERY_COLLECTION = "collections"

_NAMING: Mapping[str, tuple[str, ...]] = {
    "page": ("size", "at", "before", "skip"),
    "sort": ("parameter", "direction"),
    "include": ("parameter",),
}
"""Member of an operation → those inside it that name query parameters."""

_NEEDS: Mapping[str, str] = {"page": "kind", "sort": "parameter", "include": "parameter"}
"""Member of an operation → the one inside it that cannot be left out."""

Document = Mapping[str, Any]


def is_correction(document: Any) -> bool:
    """Whether a document corrects an inferred one instead of replacing it."""
    return isinstance(document, Mapping) and "dialect" not in document


def corrected(inferred: Document, correction: Document, contract: Contract) -> dict[str, Any]:
    """Return an inferred document with a correction: first its defaults, then its own members."""
    defaults = _mapping(correction, "defaults")
    changed = {
        **inferred,
        "collections": {
            name: merge_patch(collection, defaults.get(_EVERY_COLLECTION, {}))
            for name, collection in inferred["collections"].items()
        },
        "operations": {
            id_: merge_patch(operation, _defaults_of(operation, defaults, id_, contract))
            for id_, operation in inferred["operations"].items()
        },
    }
    own = {key: value for key, value in correction.items() if key != "defaults"}
    merged: dict[str, Any] = merge_patch(changed, own)
    return merged


def with_own_defaults(document: Document, contract: Contract) -> dict[str, Any]:
    """Return a whole document whose operations and collections have the members that its defaults add."""
    defaults = _mapping(document, "defaults")
    resolved = {key: value for key, value in document.items() if key != "defaults"}
    if not defaults:
        return resolved
    collections = _mapping(document, "collections")
    operations = _mapping(document, "operations")
    of_collection = defaults.get(_EVERY_COLLECTION, {})
    resolved["collections"] = {name: merge_patch(of_collection, own) for name, own in collections.items()}
    resolved["operations"] = {}
    for id_, own in operations.items():
        is_known = id_ in contract.operations and isinstance(own, Mapping)
        base = _defaults_of(own, defaults, id_, contract) if is_known else {}
        resolved["operations"][id_] = merge_patch(base, own)
    return resolved


def unused_defaults(document: Document, resolved: Document, contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield place and message for each default that fits none of the operations with its action.

    document: with its defaults. resolved: the document that results.
    """
    operations = _mapping(resolved, "operations")
    for key, members in _mapping(document, "defaults").items():
        if key == _EVERY_COLLECTION or not isinstance(members, Mapping):
            continue
        concerned = [
            id_
            for id_ in operations.keys() & contract.operations.keys()
            if key in {_EVERY_OPERATION, _mapping(operations, id_).get("action")}
        ]
        if not concerned:
            continue
        fitting = {name for id_ in concerned for name in _fitting(members, operations[id_], id_, contract)}
        for member in sorted(members.keys() - fitting):
            yield (
                f"defaults.{key}.{member}",
                "fits no operation: none has the parameters or members named here",
            )


def unused_collections(inferred: Document, document: Document) -> Iterator[tuple[str, str]]:
    """Yield place and message for each collection that a correction adds and no operation uses."""
    known = _mapping(inferred, "collections")
    operations = _mapping(document, "operations")
    used = {_mapping(operations, id_).get("collection") for id_ in operations}
    for name in _mapping(document, "collections"):
        if name not in known and name not in used:
            yield f"collections.{name}", f"no operation uses it (inferred: {', '.join(known) or 'none'})"


def merge_patch(value: Any, patch: Any) -> Any:
    """Return a value changed by a merge patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(value) if isinstance(value, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), change)
    return result


def _defaults_of(declared: Document, defaults: Document, id_: str, contract: Contract) -> dict[str, Any]:
    """The defaults for an operation: those for all, then those for its action."""
    fitting: dict[str, Any] = {}
    for key in (_EVERY_OPERATION, str(declared.get("action"))):
        # As they are: null is to remove a member of what they are merged with.
        fitting |= _fitting(_mapping(defaults, key), declared, id_, contract)
    return fitting


def _fitting(members: Document, declared: Document, id_: str, contract: Contract) -> dict[str, Any]:
    """The defaults that fit an operation.

    Not those that name parameters or members that it lacks, nor those that only change what is not declared.
    """
    operation = contract.operations[id_]
    queries = {parameter.name for parameter in operation.parameters if parameter.location == "query"}
    fitting: dict[str, Any] = {}
    for key, value in members.items():
        named = _parameters(key, value)
        if key == "filters" and isinstance(value, Mapping):
            filters = {name: other for name, other in value.items() if name in queries}
            if filters:
                fitting[key] = filters
        elif key == "envelope":
            if _has_members(value, operation, contract):
                fitting[key] = value
        elif named <= queries and (_is_whole(key, value) or declared.get(key) is not None):
            fitting[key] = value
    return fitting


def _parameters(key: str, value: Any) -> set[str]:
    """The query parameters that a member of an operation names."""
    if key == "tolerates" and isinstance(value, list):
        return {name for name in value if isinstance(name, str)}
    names = {
        "page": ("size", "at", "before", "skip"),
        "sort": ("parameter", "direction"),
        "include": ("parameter",),
    }
    declared = value if isinstance(value, Mapping) else {}
    return {declared[name] for name in names.get(key, ()) if isinstance(declared.get(name), str)}


def _is_whole(key: str, value: Any) -> bool:
    """Whether a default can stand alone, without what an operation declares itself."""
    return not isinstance(value, Mapping) or _NEEDS.get(key) is None or _NEEDS[key] in value


def _has_members(envelope: Any, operation: Operation, contract: Contract) -> bool:
    """Whether the response of an operation declares the members that an envelope names."""
    declared = envelope if isinstance(envelope, Mapping) else {}
    places = [declared.get("data"), *_mapping(declared, "meta").values()]
    outermost = {place.partition(".")[0] for place in places if isinstance(place, str)}
    schema = success_schema(operation)
    return schema is not None and outermost <= set(declared_members(schema, contract.schemas))


def _mapping(parent: Document, key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}
