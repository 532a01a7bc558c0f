"""The commented target file that `contract-tests init` writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from contract_tests.openapi.changeable import Changeable
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.drastic import drastic_word
from contract_tests.openapi.paths import names_in, places, places_by_name
from contract_tests.openapi.resources import Resources, resources_of
from contract_tests.target.known import Known
from contract_tests.target.target_file import credential_variable

_HEAD = """\
# What to judge, and as whom. Fill in what you have: what is left out skips what needs it, with the reason.
#   contract-tests run --target {name}
# Credentials come from the environment (env), a command (command), an authorization server (oauth2) or stand
# here (value). A variable that is named here must be set, or the run is refused.
# Commented lines are optional; remove a whole contract that you do not implement.
"""


def target_text(
    contracts: Iterable[tuple[Contract, str | None]],
    *,
    name: str = "target.toml",
    base_url: str | None = None,
    known: Mapping[str, Known] | None = None,
) -> str:
    """The file for some contracts, each with the path of its spec where it is one of the user's own.

    base_url: where the implementation is (default: the document's first server). known: ids of things that
    exist, by the prefix of a path that each completes.
    """
    parts = [_HEAD.format(name=name)]
    for contract, spec in contracts:
        parts.append("\n".join(_contract(contract, spec, base_url, known or {})) + "\n")
    return "\n".join(parts)


def _contract(
    contract: Contract, spec: str | None, base_url: str | None, known: Mapping[str, Known]
) -> Iterator[str]:
    table = f"contracts.{_key(contract.name)}"
    servers = contract.document.get("servers") or [{}]
    url = base_url or str(servers[0].get("url", ""))
    if not url.startswith(("http://", "https://")):
        url = f"http://127.0.0.1:4010{contract.base_path}"
    yield f"[{table}]  # {contract.title}"
    yield f"base_url = {json.dumps(url)}"
    if spec is not None:
        yield f"spec = {json.dumps(spec)}"
    yield '# wsgi = "package.module:callable"  # an application in this process; also asgi'
    yield '# connection = {ca_bundle = "ca.pem"}  # also proxy, headers, client certificate'
    yield '# wait_for = "60s"  # how long to wait until the target answers at all'
    yield "# production = true  # only reading requests are sent then"
    yield "# third_party = false  # operations that reach a third system are then not called"
    yield "# any_text = true  # texts with NUL and half surrogate pairs may be sent"
    yield "# deadline = 20.0  # seconds a job may take until it is finished"
    yield "# timeout = 30.0  # seconds an answer may take"
    yield '# settle = "500ms"  # how long after a write lists and reads may still show what was before'
    yield "# min_passed = 1  # how many requirements must pass for the exit code 0"
    yield from _permissions(contract)
    yield ""
    yield from _credentials(contract, table)
    yield from _things(contract, table, known)


def _credentials(contract: Contract, table: str) -> Iterator[str]:
    schemes = list(contract.schemes)
    if not schemes:
        return
    yield f"[{table}.credentials.main]  # the label is yours; the first one that may make a call makes it"
    yield f"scheme = {json.dumps(schemes[0])}  # one of {', '.join(schemes)}"
    yield f"env = {json.dumps(credential_variable(contract.name, 'main'))}"
    yield from _roles(contract)
    yield '# scope = {parameter = ["value"]}  # path values it is limited to'
    yield ""
    yield f"# [{table}.credentials.expired]  # one that must be refused"
    yield f"# scheme = {json.dumps(schemes[0])}"
    yield f"# env = {json.dumps(credential_variable(contract.name, 'expired'))}"
    yield "# valid = false"
    yield ""


def _roles(contract: Contract) -> Iterator[str]:
    """The fewest roles with which most of what reads can be called; the others as a comment."""
    needed: dict[tuple[str, ...], list[str]] = {}
    for operation in contract.operations.values():
        for alternative in operation.security[:1]:
            roles = tuple(role for each in alternative.values() for role in each)
            needed.setdefault(roles, []).append(operation.id)
    if not any(needed):
        return
    reading = [operation for operation in contract.operations.values() if operation.is_safe]
    least = max(
        (roles for roles in needed if roles),
        key=lambda each: sum(operation.id in needed[each] for operation in reading),
    )
    yield f"roles = {json.dumps(list(least))}  # what the credential may do: for {', '.join(needed[least])}"
    for roles, operations in needed.items():
        if not set(roles) <= set(least):
            yield f"#   {', '.join(roles)}: for {', '.join(operations)}"


def _permissions(contract: Contract) -> Iterator[str]:
    """What a run may not do unless the file says so."""
    changeable, resources = Changeable(contract), resources_of(contract)
    names = [name for name in changeable.names if not _can_be_created(resources, changeable.resolve(name))]
    if names:
        yield "# A run changes and deletes only what it created itself, and these no request creates. What is"
        yield "# named here it changes, acts on and deletes as it finds it: the state before the run is lost."
        yield f"# may_change = {json.dumps(list(names))}"
    drastic = [
        operation.id
        for operation in contract.operations.values()
        if drastic_word(operation, reads=operation.is_safe) is not None
    ]
    if drastic:
        yield "# Operations that stop, restart, purge, send or pay are called only where they are named here."
        yield f"# allow = {json.dumps(drastic)}"


def _can_be_created(resources: Resources, item: str | None) -> bool:
    resource = None if item is None else resources.at(item)
    return resource is not None and resource.create is not None


def _things(contract: Contract, table: str, known: Mapping[str, Known]) -> Iterator[str]:
    operations = contract.operations.values()
    by_name = places_by_name(operation.path for operation in operations)
    for suffix, meaning in (
        ("known", "things that exist and may be used, by the parameter or the path that names them"),
        ("neighbour", "the same kinds beside them: nothing done to the first may show here"),
        ("foreign", "things that exist but belong to another owner"),
    ):
        if by_name:
            yield f"[{table}.{suffix}]  # {meaning}"
            ids = known if suffix == "known" else {}
            yield from (line for name, found in by_name.items() for line in _entries(name, found, ids))
            yield ""
    writing = [operation.id for operation in operations if operation.content is not None]
    if writing:
        yield f"[{table}.bodies]  # prepared bodies; {{unique}} and {{canary}} in them are replaced"
        yield f'# {_key(writing[0])} = {{name = "{{unique}}"}}'
        yield f"# operations with a body: {', '.join(writing)}"
        yield ""
    yield f"# [{table}.queries]  # prepared query values by operation, where one needs real ones"
    yield f"# [{table}.values]  # further values that checks of this contract ask for by name"


def _entries(name: str, found: tuple[str, ...], ids: Mapping[str, Known]) -> Iterator[str]:
    """The short form where a name stands for one kind of thing, else a table for each path; commented out
    where an id is missing."""
    if len(found) == 1:
        known = ids.get(found[0])
        yield f'# {_key(name)} = "…"' if known is None else _entry(_key(name), _value(known), known.origin)
        return
    for place in found:
        prefixes = places(place)
        every = {each: ids.get(prefixes[each]) for each in names_in(place)}
        values = ", ".join(f"{_key(each)} = {_value(known)}" for each, known in every.items())
        table = f"{{{values}}}"
        if None in every.values():
            yield f"# {json.dumps(place)} = {table}"
        else:
            origins = dict.fromkeys(known.origin for known in every.values() if known is not None)
            yield _entry(json.dumps(place), table, "; ".join(origins))


def _entry(key: str, value: str, origin: str) -> str:
    plain = " ".join("".join(each if each.isprintable() else " " for each in origin).split())
    return f"{key} = {value}  # {plain}"


def _value(known: Known | None) -> str:
    return '"…"' if known is None else json.dumps(known.value, ensure_ascii=False)


def _key(name: str) -> str:
    """A TOML key, quoted where it must be."""
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
