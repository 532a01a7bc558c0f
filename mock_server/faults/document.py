"""Generates the schemas of fault kinds in the admin API's document, and their names in the typed client.

`python -m mock_server.faults.document` regenerates both for the kinds of this package; a test checks that
they are current. The kinds of installed packages are added when the document is loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from mock_server.data import openapi_dir
from mock_server.faults.fault import SHARED_SCHEMAS, Argument, Fault, Form
from mock_server.faults.registry import BUILT_IN, fault_kinds

ADMIN_DOCUMENT = openapi_dir() / "admin.yaml"
CLIENT = Path(__file__).parent.parent / "testing" / "fault_client.py"

_BEGIN = "# generated from mock_server.faults.registry: begin\n"
_END = "# generated from mock_server.faults.registry: end\n"
_COMPONENT = "#/components/schemas/"
_PLAIN = re.compile(r"[$A-Za-z^][^:#\[{]*")
"""Strings that need no quotes in YAML."""


def schemas(kinds: Iterable[type[Fault]]) -> dict[str, Any]:
    """The component schemas of these kinds by name.

    The first is `FaultRule`, which accepts a rule of any kind; the last are those that several kinds refer
    to.
    """
    kinds_of: dict[str, list[str]] = {}
    forms: dict[str, Form] = {}
    for fault in kinds:
        for form in fault.forms or (Form(f"{fault.kind.title().replace('_', '')}Fault", fault.label),):
            forms[form.schema] = form
            kinds_of.setdefault(form.schema, []).append(fault.kind)
    return {
        "FaultRule": {
            "description": "The fault, and the conditions under which it is injected.",
            "oneOf": [{"$ref": f"{_COMPONENT}{name}"} for name in forms],
        },
        **{name: _rule_schema(form, kinds_of[name]) for name, form in forms.items()},
        **SHARED_SCHEMAS,
    }


def with_installed_faults(components: Mapping[str, Any]) -> dict[str, Any]:
    """The component schemas of the admin document, including those of installed fault kinds."""
    return {**components, **schemas(fault_kinds().values())}


def _rule_schema(form: Form, kinds: list[str]) -> dict[str, Any]:
    kind = {"const": kinds[0]} if len(kinds) == 1 else {"enum": kinds}
    return {
        "type": "object",
        "description": form.description,
        "additionalProperties": False,
        "required": ["kind", *(argument.name for argument in form.arguments if argument.required)],
        "properties": {
            "id": {"$ref": f"{_COMPONENT}RuleId"},
            "when": {"$ref": f"{_COMPONENT}When"},
            "kind": {"type": "string", **kind},
            **{argument.name: _argument_schema(argument) for argument in form.arguments},
            "seen": {"$ref": f"{_COMPONENT}RuleCount"},
        },
    }


def _argument_schema(argument: Argument) -> Mapping[str, Any]:
    if not argument.members:
        return argument.schema
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [member.name for member in argument.members if member.required],
        "properties": {member.name: member.schema for member in argument.members},
    }


def generated_files() -> dict[Path, str]:
    """The current text of each file with a generated part."""
    names = "".join(f'    "{kind}",\n' for kind in BUILT_IN)
    yaml = "".join(f"    {line}\n" for line in _yaml(schemas(BUILT_IN.values())))
    return {
        ADMIN_DOCUMENT: _replaced(ADMIN_DOCUMENT.read_text(encoding="utf-8"), yaml),
        CLIENT: _replaced(CLIENT.read_text(encoding="utf-8"), f"FaultKind = Literal[\n{names}]\n"),
    }


def _replaced(text: str, part: str) -> str:
    """The text with the part between the two markers replaced."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    indent = before.rpartition("\n")[2]
    return f"{before}{_BEGIN}{part}{indent}{_END}{after}"


def _yaml(value: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a YAML document in block style, with lists of scalars in brackets, as in the admin
    document.

    A YAML library would format the generated part differently from the part that is written by hand.
    """
    for name, entry in value.items():
        if isinstance(entry, Mapping):
            yield f"{_scalar(name)}:"
            yield from (f"  {line}" for line in _yaml(entry))
        elif isinstance(entry, list) and any(isinstance(item, Mapping) for item in entry):
            yield f"{_scalar(name)}:"
            for first, *others in (list(_yaml(item)) for item in entry):
                yield from chain([f"  - {first}"], (f"    {line}" for line in others))
        elif isinstance(entry, list):
            yield f"{_scalar(name)}: [{', '.join(map(_scalar, entry))}]"
        else:
            yield f"{_scalar(name)}: {_scalar(entry)}"


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False) if "'" in value else f"'{value}'"


if __name__ == "__main__":
    for path, text in generated_files().items():
        path.write_text(text, encoding="utf-8")
