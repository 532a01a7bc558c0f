"""Turn a behaviour document into its data model, or report everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from mock_server.behaviours.consistency import consistency_problems
from mock_server.behaviours.corrections import (
    corrected,
    unused_collections,
    unused_defaults,
    with_own_defaults,
)
from mock_server.behaviours.declared import (
    Behaviours,
    Collection,
    Envelope,
    Filter,
    Include,
    Lifecycle,
    Mask,
    OperationBehaviour,
    Page,
    Reference,
    Relation,
    Sort,
)
from mock_server.behaviours.document_schema import schema_problems
from mock_server.contract.operation import Contract, Operation, Parameter, Schema, body_schema
from mock_server.contract.schema import follow, member, parts
from mock_server.data import openapi_dir
from mock_server.errors.dialects import DECLARED
from mock_server.errors.startup import StartupError
from mock_server.store.index import query_text
from mock_server.yaml_file import read_yaml

_CARDINALITIES: tuple[Literal["one", "many", "listed"], ...] = ("one", "many", "listed")
_DEFAULT_PAGE_SIZE = 20
_USUAL_RECORDS = 5


def load_behaviours(contract: Contract, path: Path) -> Behaviours:
    """Read and check a behaviour file.

    Raises StartupError with every problem: schema violations and unknown operationIds, collections, schemas
    and parameters, each with the allowed names.
    """
    return read_behaviours(contract, read_yaml(path), origin=path.name)


def read_behaviours(contract: Contract, document: Any, *, origin: str) -> Behaviours:
    """Read the behaviour that a document declares for a contract.

    origin: the document's name in messages. Raises StartupError with every problem: violations of the JSON
    Schema and unknown names.
    """
    problems = _schema_problems(document)
    if isinstance(document, Mapping):
        resolved = with_own_defaults(document, contract)
        problems += unused_defaults(document, resolved, contract)
        document = resolved
        problems += consistency_problems(contract, document)
    _refuse(problems, origin)
    return Behaviours(
        contract=contract.name,
        dialect=document["dialect"],
        collections={
            name: _collection(contract.name, name, declared)
            for name, declared in document["collections"].items()
        },
        operations={
            id_: _operation(contract, contract.operations[id_], declared, document)
            for id_, declared in document["operations"].items()
        },
        complete=document.get("complete", document["dialect"] == DECLARED),
    )


def correct_behaviours(contract: Contract, inferred: Any, correction: Any, *, origin: str) -> Behaviours:
    """Read the behaviour that an inferred document declares with a correction.

    origin: the correction's name in messages. Raises StartupError as read_behaviours() does.
    """
    problems = _schema_problems(correction)
    _refuse(problems, origin)
    document = corrected(inferred, correction, contract)
    _refuse(
        [*unused_defaults(correction, document, contract), *unused_collections(inferred, document)], origin
    )
    return read_behaviours(contract, document, origin=origin)


def _schema_problems(document: Any) -> list[tuple[str, str]]:
    return schema_problems(document, openapi_dir() / "behaviour.schema.json")


def _refuse(problems: Iterable[tuple[str, str]], origin: str) -> None:
    """Raise StartupError if there are problems."""
    # A problem of the whole document has no place.
    messages = [f"{origin}: {place}: {reason}".replace(": : ", ": ") for place, reason in problems]
    if messages:
        raise StartupError(*messages)


def to_snake_case(name: str) -> str:
    """Convert a camelCase name to snake_case, the default form of a relation's JSON member."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _collection(contract: str, name: str, declared: Mapping[str, Any]) -> Collection:
    fixture = declared.get("fixture")
    singular = name.removesuffix("s").replace("_", " ").capitalize()
    return Collection(
        name=name,
        storage=fixture or f"{contract}/{name}",
        key=declared.get("key", "id"),
        ids=declared.get("ids", "uuid"),
        called=declared.get("called") or singular,
        schema=declared.get("schema"),
        fixture=fixture,
        created=declared.get("created"),
        updated=declared.get("updated"),
        parents=declared.get("parents", {}),
        within=tuple(declared.get("within", ())),
        references={
            member: Reference(**reference) if isinstance(reference, dict) else Reference(reference)
            for member, reference in declared.get("references", {}).items()
        },
        relations={key: _relation(key, value) for key, value in declared.get("relations", {}).items()},
        unique=tuple(tuple(group) for group in declared.get("unique", ())),
        private=frozenset(
            [*declared.get("private", ()), *([declared["content"]] if "content" in declared else [])]
        ),
        secret=frozenset(declared.get("secret", ())),
        masks={member: Mask(**mask) for member, mask in declared.get("masks", {}).items()},
        lifecycle=_lifecycle(declared["lifecycle"]) if "lifecycle" in declared else None,
        grow=declared.get("grow"),
        series=declared.get("series"),
        generate=declared.get("generate", _USUAL_RECORDS),
        content=declared.get("content"),
        counts=declared.get("counts", {}),
        other_keys=tuple(declared.get("other_keys", ())),
        places=declared.get("places", {}),
        own_keys=frozenset(declared.get("own_keys", ())),
    )


def _relation(name: str, declared: Mapping[str, Any]) -> Relation:
    cardinality = next(name for name in _CARDINALITIES if name in declared)
    return Relation(
        name=name,
        cardinality=cardinality,
        collection=declared[cardinality],
        by=declared["by"],
        shown=declared.get("shown", to_snake_case(name)),
        always=declared.get("always", False),
    )


def _lifecycle(declared: Mapping[str, Any]) -> Lifecycle:
    lists = {key: tuple(declared[key]) for key in ("states", "stops", "seconds", "total") if key in declared}
    return Lifecycle(**{**declared, **lists})


def _operation(
    contract: Contract, operation: Operation, declared: Mapping[str, Any], document: Mapping[str, Any]
) -> OperationBehaviour:
    envelope = declared.get("envelope", {})
    header = declared.get("idempotency")
    body = body_schema(operation)
    if body is not None and "record" in declared:
        body = member(body, declared["record"], contract.schemas)
    defaults = _defaults(body, contract) if declared["action"] in {"create", "replace"} else {}
    body_members = _stored_members(body, contract)
    members = body_members if declared.get("undeclared", "dropped") == "dropped" else None
    return OperationBehaviour(
        id=operation.id,
        action=declared["action"],
        collection=declared.get("collection"),
        scope=declared.get("scope", {}),
        binds=declared.get("binds", {}),
        through=declared.get("through", {}),
        out_of_scope=declared.get("out_of_scope", document.get("out_of_scope", "not_found")),
        envelope=Envelope(
            data=envelope.get("data"),
            meta=envelope.get("meta", {}),
            headers={name.lower(): value for name, value in envelope.get("headers", {}).items()},
        ),
        idempotency=header.lower() if header else None,
        members=frozenset(declared["members"]) if "members" in declared else members,
        defaults={**declared.get("defaults", {}), **defaults},
        caller=declared.get("caller"),
        order=declared.get("order"),
        page=_page(declared["page"], operation, contract) if "page" in declared else None,
        filters={name: _filter(value) for name, value in declared.get("filters", {}).items()},
        unknown_filters=declared.get("unknown_filters", "refused"),
        sort=Sort(**declared["sort"]) if "sort" in declared else None,
        include=_include(declared["include"]) if "include" in declared else None,
        search=declared.get("search"),
        fields=declared.get("fields"),
        to=declared.get("to"),
        tolerates=frozenset(declared.get("tolerates", ())),
        answers=declared.get("answers"),
        shows=declared.get("shows", {}),
        record=declared.get("record"),
        declared=body_members,
        read_only=_read_only(body, contract),
        query_members=declared.get("query_members", False),
        each=declared.get("each"),
        target=declared.get("target", "path"),
        own_key=declared.get("own_key"),
        missing=declared.get("missing", "not_found"),
        sent_key=declared.get("sent_key"),
        key_from=declared.get("key_from"),
        nested=declared.get("nested", False),
        sets=declared.get("sets", {}),
        stamps=tuple(declared.get("stamps", ())),
        status=declared.get("status"),
        stream=declared.get("stream"),
        stream_end=declared.get("stream_end"),
        known={name: tuple(map(query_text, values)) for name, values in declared.get("known", {}).items()},
        created_status=201 if "201" in operation.responses else declared.get("status"),
    )


def _filter(declared: str | Mapping[str, Any]) -> Filter:
    if isinstance(declared, str):
        return Filter(declared)
    return Filter(declared.get("member"), declared.get("compare", "any"), declared.get("everything"))


def _include(declared: Mapping[str, Any]) -> Include:
    return Include(**{**declared, "allow": tuple(declared["allow"])})


def _page(declared: Mapping[str, Any], operation: Operation, contract: Contract) -> Page:
    # The contract declares default and maximum of the page size; they are read from there, not repeated.
    name = declared.get("size", "")
    size = next((parameter.schema for parameter in operation.parameters if _is_query(parameter, name)), True)
    schema = follow(size, contract.schemas)
    bounds: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {}
    return Page(
        mode=declared["kind"],
        size=name,
        at=declared.get("at", ""),
        default=declared.get("default", bounds.get("default", _DEFAULT_PAGE_SIZE)),
        maximum=bounds.get("maximum"),
        before=declared.get("before", ""),
        skip=declared.get("skip", ""),
        first=declared.get("first", 1),
        list=declared.get("list", ""),
    )


def _is_query(parameter: Parameter, name: str) -> bool:
    return parameter.location == "query" and parameter.name == name


def _stored_members(body: Schema | None, contract: Contract) -> frozenset[str] | None:
    """The names of the body's members that are stored: the declared ones except readOnly ones.

    None if all are: without a body, without declared members or if additional ones are allowed.
    """
    if body is None:
        return None
    schema_parts = list(parts(body, contract.schemas))
    if not any("properties" in part for part in schema_parts):
        return None
    if any(part.get("additionalProperties") for part in schema_parts):
        return None
    return frozenset(
        name
        for part in schema_parts
        for name, schema in part.get("properties", {}).items()
        if not _flag(follow(schema, contract.schemas), "readOnly")
    )


def _read_only(body: Schema | None, contract: Contract) -> frozenset[str]:
    """The names of the body's members that are readOnly wherever the body declares them.

    A part of an allOf may redefine a member of its base that only responses have: the `type` of a subtype.
    """
    if body is None:
        return frozenset()
    flags: dict[str, list[bool]] = {}
    for part in parts(body, contract.schemas):
        for name, schema in part.get("properties", {}).items():
            flags.setdefault(name, []).append(_flag(follow(schema, contract.schemas), "readOnly"))
    return frozenset(name for name, found in flags.items() if all(found))


def _defaults(body: Schema | None, contract: Contract) -> dict[str, Any]:
    """The declared defaults of a body's members."""
    if body is None:
        return {}
    members = {
        name: follow(schema, contract.schemas)
        for part in parts(body, contract.schemas)
        for name, schema in part.get("properties", {}).items()
    }
    return {
        name: schema["default"]
        for name, schema in members.items()
        if isinstance(schema, Mapping) and "default" in schema
    }


def _flag(schema: Schema, keyword: str) -> bool:
    return isinstance(schema, Mapping) and bool(schema.get(keyword))
