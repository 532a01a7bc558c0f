"""Load an OpenAPI file with inferred behaviour, ready to be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mock_server.behaviours.declared import Behaviours
from mock_server.behaviours.loading import read_behaviours
from mock_server.contract.loading import METHODS, load
from mock_server.contract.operation import Contract, SecurityScheme
from mock_server.contract.plan import compile_plan
from mock_server.contract.projection import Projector
from mock_server.contract.validation import SchemaCompiler
from mock_server.data import behaviour_path
from mock_server.errors.dialects import dialects
from mock_server.errors.problem_json import PROBLEM_JSON
from mock_server.errors.startup import StartupError
from mock_server.handlers.registry import Call, Reply
from mock_server.inference import seeding
from mock_server.inference.actions import InferredHandler
from mock_server.inference.error_dialect import dialect
from mock_server.inference.infer import document
from mock_server.inference.problems import located
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.principals import Principal, Principals
from mock_server.sampling.sampler import Sampler
from mock_server.seeded_random import SeededRandom
from mock_server.yaml_file import line_of, read_yaml

_ANYBODY = Principal("somebody", None)
_VARIABLE = "$CREDENTIAL"
"""Shown in place of a credential that the user chose."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """One inferred contract.

    handler: answers all its operations. seeds: generated records by storage and key. unsupported_parts:
    messages about parts of the spec that the mock does not serve.
    """

    mounted: MountedContract
    handler: Callable[[Call], Reply]
    seeds: dict[str, dict[str, dict[str, Any]]]
    unsupported_parts: tuple[str, ...]


def load_spec(
    path: Path, *, rng: SeededRandom, credentials: tuple[str, ...] = (), scale: int = 0
) -> Inferred:
    """Load a spec and infer its behaviour, or use `<stem>.behaviour.yaml` beside it.

    That file is used if it has `dialect: declared`. credentials: those accepted, empty for all. scale: number
    of generated records beyond the usual ones. Raises StartupError with the file and location of each
    problem.
    """
    path = path.resolve()
    with checked_contract(path) as contract:
        behaviours, passed_over = _behaviours(contract, path)
        sampler = Sampler(contract, rng)
        builder = ResponseBuilder(contract, behaviours, sampler)
        mounted = MountedContract(
            contract, dialect(sampler), behaviours, any_principal(credentials, contract.schemes)
        )
        return Inferred(
            mounted,
            InferredHandler(builder),
            seeding.records(builder, scale=scale),
            (*passed_over, *unsupported_parts(path)),
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
    dialect_name = written.get("dialect") if isinstance(written, dict) else None
    if dialect_name not in dialects():
        return read_behaviours(contract, written, origin=beside.name), ()
    reason = (
        f"{beside.name} is for the dialect {dialect_name}; "
        "with --spec only one for the dialect declared is used"
    )
    return read_behaviours(contract, document(contract), origin=inferred), (reason,)


def unsupported_parts(path: Path) -> tuple[str, ...]:
    """Return a message for each part of the file that the mock does not serve."""
    document = read_yaml(path)
    return tuple(dict.fromkeys(_of(document))) if isinstance(document, dict) else ()


def _of(document: Mapping[str, Any]) -> Iterator[str]:
    for name in document.get("webhooks") or {}:
        yield f"webhook {name} is never called"
    for name, scheme in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        if isinstance(scheme, dict) and scheme.get("type") == "mutualTLS":
            yield f"security scheme {name}: client certificates are not checked"
    for template, item in (document.get("paths") or {}).items():
        operations = item.items() if isinstance(item, dict) else ()
        for method, operation in operations:
            if method in METHODS and isinstance(operation, dict):
                yield from _of_operation(f"{method.upper()} {template}", operation, item)


def _of_operation(place: str, operation: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    for name in operation.get("callbacks") or {}:
        yield f"{place}: callback {name} is never called"
    if operation.get("servers") or item.get("servers"):
        yield f"{place}: its own `servers` are ignored; it is served below the first server of the file"
    for parameter in [*(operation.get("parameters") or ()), *(item.get("parameters") or ())]:
        if isinstance(parameter, dict) and parameter.get("content"):
            yield f"{place}: the content of parameter {parameter.get('name')} is not validated"


@dataclass(frozen=True, slots=True)
class AnyCredential(Principals):
    """Accepts every credential, or those in `allowed`, for the same principal."""

    allowed: frozenset[str] = frozenset()

    def find(self, scheme: str, credential: str) -> Principal | None:  # noqa: ARG002 - every scheme alike
        """Return the principal if the credential is accepted, else None."""
        if not credential or (self.allowed and credential not in self.allowed):
            return None
        return _ANYBODY


def any_principal(allowed: tuple[str, ...], schemes: Mapping[str, SecurityScheme]) -> Principals:
    """Return the principals of an inferred contract. allowed: the accepted credentials, empty for all.

    The principal's own credential is a placeholder: it is printed at start, and an allowed one may be real.
    """
    placeholder = _VARIABLE if allowed else "any-token"
    credentials = {name: placeholder for name, scheme in schemes.items() if scheme.carrier != "basic"}
    purpose = "one of those given with --credentials" if allowed else "every credential is accepted"
    principal = replace(_ANYBODY, purpose=purpose, credentials=credentials)
    return AnyCredential((principal,) if credentials else (), {}, frozenset(allowed))


@contextmanager
def checked_contract(path: Path) -> Iterator[Contract]:
    """Provide the contract of a spec whose operations all compile.

    Raises StartupError with the file and line of each problem. An exception inside the block becomes one too
    if the spec violates the OpenAPI schema, because that is its probable cause; otherwise it is raised
    unchanged.
    """
    try:
        yield _contract(path)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        refused = located(path, StartupError())
        if not refused.problems:
            raise
        raise refused from error


def _contract(path: Path) -> Contract:
    try:
        contract = load(path)
        _compile(contract)
    except StartupError as error:
        raise located(path, error) from None
    if not contract.operations:
        raise StartupError(f"{path}:{line_of(path, ['paths'])}: `paths` has no operations")
    return contract


def _compile(contract: Contract) -> None:
    """Compile every operation once, to report an invalid schema with its line. Raises StartupError."""
    compiler, projector = SchemaCompiler(contract), Projector(contract.schemas)
    for operation in contract.operations.values():
        compile_plan(
            operation,
            contract,
            compiler=compiler,
            projector=projector,
            coercion=PROBLEM_JSON.coercion,
        )
