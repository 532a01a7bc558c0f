"""An OpenAPI file nobody declared behaviour for, made ready to be played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mock_server.behaviours.declared import Behaviours
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
from mock_server.pipeline.context import MountedContract
from mock_server.principals import Principal, Principals
from mock_server.sampling.sampler import Sampler
from mock_server.seeded_random import SeededRandom
from mock_server.yaml_file import line_of, read_yaml

_ANYBODY = Principal("somebody", None)
_VARIABLE = "$CREDENTIAL"
"""What people are shown for a credential that is their own."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """One inferred contract.

    handler: answers all its operations. seeds: generated records by storage and key. unplayed: what of
    the spec cannot be played, a sentence each.
    """

    mounted: MountedContract
    handler: Callable[[Call], Reply]
    seeds: dict[str, dict[str, dict[str, Any]]]
    unsupported_parts: tuple[str, ...]


def load_spec(
    path: Path, *, rng: SeededRandom, credentials: tuple[str, ...] = (), scale: int = 0
) -> Inferred:
    """Read a spec and infer its behaviour; `<stem>.behaviour.yaml` beside it is used instead where it exists
    and says `dialect: declared`.

    Raises StartupError naming file and place of what is wrong.
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
    """The behaviour of a contract, and why a file beside its spec is not used: one for a dialect of the
    built-in contracts speaks of handlers and fixtures that are theirs. Raises StartupError."""
    inferred = f"{path.name} (inferred)"
    beside = behaviour_path(path)
    if not beside.exists():
        return Behaviours.of(contract, document(contract), origin=inferred), ()
    written = read_yaml(beside)
    dialect_name = written.get("dialect") if isinstance(written, dict) else None
    if dialect_name not in dialects():
        return Behaviours.of(contract, written, origin=beside.name), ()
    reason = (
        f"{beside.name} is for the dialect {dialect_name}; "
        "with --spec only one for the dialect declared is used"
    )
    return Behaviours.of(contract, document(contract), origin=inferred), (reason,)


def unsupported_parts(path: Path) -> tuple[str, ...]:
    """A sentence for everything in the file that the mock does not play."""
    document = read_yaml(path)
    return tuple(dict.fromkeys(_of(document))) if isinstance(document, dict) else ()


def _of(document: Mapping[str, Any]) -> Iterator[str]:
    for name in document.get("webhooks") or {}:
        yield f"webhook {name} is never called"
    for name, scheme in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        if isinstance(scheme, dict) and scheme.get("type") == "mutualTLS":
            yield f"security scheme {name}: client certificates are not asked for"
    for template, item in (document.get("paths") or {}).items():
        for method, operation in item.items() if isinstance(item, dict) else ():
            if method in METHODS and isinstance(operation, dict):
                yield from _of_operation(f"{method.upper()} {template}", operation, item)


def _of_operation(place: str, operation: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    for name in operation.get("callbacks") or {}:
        yield f"{place}: callback {name} is never called"
    if operation.get("servers") or item.get("servers"):
        yield f"{place}: servers of its own are overlooked; it is served below the first server of the file"
    for parameter in [*(operation.get("parameters") or ()), *(item.get("parameters") or ())]:
        if isinstance(parameter, dict) and parameter.get("content"):
            yield f"{place}: the content of parameter {parameter.get('name')} is taken as any text"


@dataclass(frozen=True, slots=True)
class AnyCredential(Principals):
    """Every credential of the right form names the same principal; a list of allowed ones narrows that."""

    allowed: frozenset[str] = frozenset()

    def find(self, scheme: str, credential: str) -> Principal | None:  # noqa: ARG002 - every scheme alike
        """The principal, if the credential is not empty and, where there is a list, on it."""
        if not credential or (self.allowed and credential not in self.allowed):
            return None
        return _ANYBODY


def any_principal(allowed: tuple[str, ...], schemes: Mapping[str, SecurityScheme]) -> Principals:
    """The principals of an inferred contract. allowed: the credentials that are accepted, empty for all.

    The credential that is named is none of them: it is shown where the server starts, and may be in earnest.
    """
    placeholder = _VARIABLE if allowed else "any-token"
    credentials = {name: placeholder for name, scheme in schemes.items() if scheme.carrier != "basic"}
    purpose = "one of those given with --credentials" if allowed else "every credential is accepted"
    somebody = replace(_ANYBODY, purpose=purpose, credentials=credentials)
    return AnyCredential((somebody,) if credentials else (), {}, frozenset(allowed))


@contextmanager
def checked_contract(path: Path) -> Iterator[Contract]:
    """The contract a spec states, every operation of it ready to be played.

    Raises StartupError naming file and line of what is wrong, also where the block trips over a part of
    another kind than OpenAPI gives it; what the spec does not explain is raised as it is.
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
        raise StartupError(f"{path}:{line_of(path, ['paths'])}: no operation stands under `paths`")
    return contract


def _compile(contract: Contract) -> None:
    """Compile every operation once, so that a broken schema is told with its line. Raises StartupError."""
    compiler, projector = SchemaCompiler(contract), Projector(contract.schemas)
    for operation in contract.operations.values():
        compile_plan(
            operation,
            contract,
            compiler=compiler,
            projector=projector,
            coercion=PROBLEM_JSON.coercion,
        )
