"""What clients see of a connector, as a Laravel API resource."""

import re
from typing import Any

from tests.independent.python.formats import render_time
from tests.independent.python.patchworks.store import Connector, Entity, Store, entity
from tests.independent.python.serving import Choices

SHOWN = (
    "name",
    "authentication_implementation_id",
    "type",
    "timezone",
    "date_format",
    "rate_limit_unit",
    "rate_limit_duration",
    "connection_pool_id",
    "certificate_id",
    "canonical_key",
    "system_template_id",
    "session_id",
)


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda match: f"_{match[0].lower()}", name)


def show_id(identifier: str, choices: Choices) -> int | str:
    return int(identifier) if choices["ids"] == "number" else identifier


def present_variable(variable: Entity, choices: Choices) -> Entity:
    shown = {**variable, "id": show_id(variable["id"], choices)}
    if variable["secret"] and choices["secret_values"] == "absent":
        del shown["value"]
    elif variable["secret"]:
        shown["value"] = None if choices["secret_values"] == "null" else "********"
    return shown


def include(model: Entity, path: list[str], source: Entity, choices: Choices) -> None:
    """Put the related models at the end of `path` into the representation `model` of `source`."""
    relation, rest = path[0], path[1:]
    name = snake_case(relation) if choices["relation_names"] == "snake" else relation
    related = source["relations"][relation]
    sources = related if isinstance(related, list) else [related]
    if name not in model:
        shown = [
            None if item is None else {key: value for key, value in item.items() if key != "relations"}
            for item in sources
        ]
        model[name] = shown if isinstance(related, list) else shown[0]
    models = model[name] if isinstance(related, list) else [model[name]]
    for child, child_source in zip(models, sources, strict=True):
        if rest and child is not None:
            include(child, rest, child_source, choices)


def present_connector(connector: Connector, includes: set[str], store: Store) -> dict[str, Any]:
    choices = store.choices
    shown: dict[str, Any] = {"id": show_id(connector.id, choices)}
    shown |= {name: getattr(connector, name) for name in SHOWN}
    if choices["empty_members"] == "absent":
        shown = {name: value for name, value in shown.items() if value is not None}
    if choices["extra_members"] == "present":
        shown |= {"company_id": connector.company, "deleted_at": None, "is_enabled": True}
    shown["created_at"] = render_time(connector.created_at, choices["timestamps"])
    shown["updated_at"] = render_time(connector.updated_at, choices["timestamps"])
    certificate = store.certificates.get(connector.certificate_id or "")
    source = entity(
        {},
        authenticationImplementation=store.implementations[connector.authentication_implementation_id],
        variables=[present_variable(variable, choices) for variable in connector.variables],
        certificate=certificate,
    )
    if choices["variables_always"] == "shown":
        includes = includes | {"variables"}
    for name in sorted(includes):
        if name.endswith(("_count", "Exists")):
            add_aggregate(shown, name, source, choices)
        else:
            include(shown, name.split("."), source, choices)
    return shown


def add_aggregate(shown: dict[str, Any], name: str, source: Entity, choices: Choices) -> None:
    """Show the number of related models, or whether there are any."""
    relation = name.removesuffix("_count").removesuffix("Exists")
    related = source["relations"][relation]
    count = len(related) if isinstance(related, list) else int(related is not None)
    shown_name = snake_case(name) if choices["relation_names"] == "snake" else name
    shown[shown_name] = count if name.endswith("_count") else count > 0
