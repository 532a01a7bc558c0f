"""Load an OpenAPI file with inferred behaviour, ready to be served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mock_server.behaviours.corrections import is_correction
from mock_server.behaviours.declared import Behaviours
from mock_server.behaviours.loading import correct_behaviours, read_behaviours
from mock_server.contract.documents import ReferenceRules
from mock_server.contract.loading import ReadSpec, read
from mock_server.contract.operation import Contract
from mock_server.contract.problems import sentences
from mock_server.data import behaviour_path
from mock_server.errors.dialects import dialects
from mock_server.errors.startup import StartupError
from mock_server.handlers.response_builder import ResponseBuilder
from mock_server.inference import seeding
from mock_server.inference.error_dialect import dialect
from mock_server.inference.infer import document
from mock_server.inference.problems import violations
from mock_server.inference.unsupported import unsupported_parts
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.principals import Principal, Principals
from mock_server.sampling.sampler import Sampler
from mock_server.seeded_random import SeededRandom
from mock_server.yaml_file import read_yaml

_CLIENT = Principal("client", None)
_WITHOUT_ROLES = Principal("without_roles", frozenset(), purpose="refused wherever a role is required")
_VARIABLE = "$CREDENTIAL"
"""Shown in place of a credential that the user chose."""
_MOST_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class SpecOptions:
    """How specs are read. references: which files they may refer to. is_strict: refuse what is wrong."""

    references: ReferenceRules = field(default_factory=ReferenceRules)
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Inferred:
    """One inferred contract.

    seeds: generated records by storage and key. warnings: sentences about what is wrong in the spec, and
    about what the mock does not serve.
    """

    mounted: MountedContract
    seeds: dict[str, dict[str, dict[str, Any]]]
    warnings: tuple[str, ...]


def load_spec(
    path: Path,
    *,
    rng: SeededRandom,
    credentials: tuple[str, ...] = (),
    placeholders_only: bool = False,
    scale: int = 0,
    options: SpecOptions | None = None,
) -> Inferred:
    """Load a spec and infer its behaviour, corrected or replaced by `<stem>.behaviour.yaml` beside it.

    A file without `dialect` corrects, one with `dialect: declared` replaces. credentials: those
    accepted, empty for all. placeholders_only: see any_principal(). scale: number of generated records beyond
    the usual ones. options: how the spec is read. Raises StartupError with the file and location of each
    problem.
    """
    path = path.resolve()
    warnings: list[str] = []
    with checked_contract(path, options or SpecOptions(), warnings) as spec:
        contract = spec.contract
        behaviours, passed_over = _behaviours(contract, path)
        sampler = Sampler(contract, rng)
        builder = ResponseBuilder(contract, behaviours, sampler)
        principals = any_principal(credentials, contract, placeholders_only=placeholders_only)
        mounted = MountedContract(contract, dialect(sampler), behaviours, principals)
        if behaviours.complete:
            mounted = replace(mounted, builder=builder)
        unserved = [f"{path.name}: {sentence}" for sentence in unsupported_parts(spec.document)]
        if not contract.operations:
            unserved.append(f"{path.name}: `paths` has no operations: there is nothing to serve")
        return Inferred(
            mounted,
            seeding.records(builder, scale=scale),
            (*warnings, *passed_over, *unserved),
        )


def _behaviours(contract: Contract, path: Path) -> tuple[Behaviours, tuple[str, ...]]:
    """The behaviour of a contract, and a message if the file beside its spec is not used.

    A file for the dialect of a built-in contract depends on that contract's handlers and fixtures. Raises
    StartupError.
    """
    inferred = f"{path.name} (inferred)"
    beside = behaviour_path(path)
    if not beside.exists():
        return read_behaviours(contract, document(contract), origin=inferred), ()
    written = read_yaml(beside)
    if is_correction(written):
        return correct_behaviours(contract, document(contract), written, origin=beside.name), ()
    dialect_name = written.get("dialect") if isinstance(written, dict) else None
    if dialect_name not in dialects():
        written = _without_custom(written, contract)
        return read_behaviours(contract, written, origin=beside.name), ()
    reason = (
        f"{beside.name} is for the dialect {dialect_name}; "
        "with --spec only one for the dialect declared is used"
    )
    return read_behaviours(contract, document(contract), origin=inferred), (reason,)


def _without_custom(written: Any, contract: Contract) -> Any:
    """A whole document in which operations that are `custom` do what is inferred: they have no handler."""
    operations = written.get("operations") if isinstance(written, dict) else None
    if not isinstance(operations, dict):
        return written
    inferred = document(contract)["operations"]
    for id_, declared in operations.items():
        if isinstance(declared, dict) and declared.get("action") == "custom" and id_ in inferred:
            kept = {key: value for key, value in declared.items() if key != "action"}
            operations[id_] = {**inferred[id_], **kept}
    return written


@dataclass(frozen=True, slots=True)
class AnyCredential(Principals):
    """Accepts every credential, or those in `allowed`, for the same principal, unless one has its own."""

    allowed: frozenset[str] = frozenset()

    def find(self, scheme: str, credential: str) -> Principal | None:
        """Return the principal if the credential is accepted, else None."""
        owner = self.by_credential.get((scheme, credential))
        if owner is None and credential and (not self.allowed or credential in self.allowed):
            return _CLIENT
        return owner


def any_principal(
    allowed: tuple[str, ...], contract: Contract, *, placeholders_only: bool = False
) -> Principals:
    """Return the principals of an inferred contract. allowed: the accepted credentials, empty for all.

    The principal's own credential is a placeholder: it is printed at start, and an allowed one may be real.
    placeholders_only: without allowed credentials, accept the placeholders instead of all, and one without
    roles for each scheme of which an operation requires some.
    """
    schemes = contract.schemes
    placeholders = {"basic": "any-user:any-password"}
    credentials = {
        name: _VARIABLE if allowed else placeholders.get(scheme.carrier, "any-token")
        for name, scheme in schemes.items()
    }
    purpose = "every credential is accepted"
    accepted = frozenset(allowed)
    if allowed:
        purpose = "one of those given with --credentials"
    elif placeholders_only:
        return _placeholders(contract, credentials)
    principal = replace(_CLIENT, purpose=purpose, credentials=credentials)
    return AnyCredential((principal,) if credentials else (), {}, accepted)


def _placeholders(contract: Contract, credentials: Mapping[str, str]) -> Principals:
    """Principals of the credentials in a target file; no other credential is accepted.

    credentials: those with every role, by scheme.
    """
    alternatives = (each for operation in contract.operations.values() for each in operation.security)
    with_roles = {scheme for schemes in alternatives for scheme, roles in schemes.items() if roles}
    limited = {
        name: f"{credential}-without-roles" for name, credential in credentials.items() if name in with_roles
    }
    purpose = "as in the target file, no other is accepted"
    client = replace(_CLIENT, purpose=purpose, credentials=credentials)
    without_roles = replace(_WITHOUT_ROLES, credentials=limited)
    known = (*([client] if credentials else []), *([without_roles] if limited else []))
    return AnyCredential(
        known, dict.fromkeys(limited.items(), without_roles), frozenset(credentials.values())
    )


@contextmanager
def checked_contract(path: Path, options: SpecOptions, warnings: list[str]) -> Iterator[ReadSpec]:
    """Provide a spec and its contract.

    warnings: what is wrong in the spec, with file and line, is added to it. Raises StartupError for a file
    that is not an OpenAPI document and, where the options are strict, for everything that is wrong. An
    exception inside the block becomes one too if the spec violates the OpenAPI schema, because that is its
    probable cause; otherwise it is raised unchanged.
    """
    try:
        spec = read(path, rules=options.references)
        problems = [*sentences(spec.problems)]
        if problems and options.is_strict:
            raise StartupError(*problems)
        warnings += _shortened(problems)
        yield spec
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        refused = violations(path)
        if not refused.problems:
            raise
        raise refused from error


def _shortened(problems: list[str]) -> list[str]:
    if len(problems) <= _MOST_WARNINGS:
        return problems
    further = f"{len(problems) - _MOST_WARNINGS} further problems; --strict-spec prints all"
    return [*problems[:_MOST_WARNINGS], further]
