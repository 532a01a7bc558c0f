"""The target file: where an implementation is, as whom to call it, and what exists there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal, get_args

import httpx
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from contract_tests.evidence.citations import Citations, Framework
from contract_tests.evidence.levels import Level
from contract_tests.evidence.settled import SettledDecision, read_settled
from contract_tests.openapi.changeable import EVERYTHING, Changeable
from contract_tests.openapi.contract import NAMES, Contract, Operation, SpecError
from contract_tests.openapi.paths import names_in, places, places_by_name, shape
from contract_tests.openapi.yaml_file import UnreadableError
from contract_tests.spec_check.loading import load_contract, warnings_about
from contract_tests.target.connection import Connection, FromEnvironment
from contract_tests.toml_tables import TableError

Table = Literal["known", "neighbour", "foreign", "empty"]
"""The tables of things that exist: by parameter name, or by path with the values of its parameters."""

FrameworkName = Literal["fastapi", "laravel"]
"""The frameworks whose conventions `openapi/sources/` lists."""

COMMAND_SECONDS = 30
"""How long a credential's command may take."""


class TargetError(Exception):
    """The target file is refused; the text names file, field and what is allowed there, one line each."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class OAuth2(_Strict):
    """Where a token comes from: the client credentials grant, or a refresh token (RFC 6749 sections 4.4, 6).

    Values are given by the environment variables whose names end the fields.
    """

    token_url: str = Field(pattern="^https?://")
    client_id: str
    client_secret_env: str | None = None
    refresh_token_env: str | None = None
    scope: str | None = None


class Credential(_Strict):
    """One credential: its value, or where the value comes from.

    scope: the path values it may use, by parameter name; a parameter not named is unlimited.
    """

    scheme: str
    value: str | None = Field(default=None, repr=False)
    env: str | None = None
    command: list[str] | None = None
    oauth2: OAuth2 | None = None
    roles: list[str] = []
    scope: dict[str, list[str]] = {}
    valid: bool = True
    _values: list[str] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def _one_source(self) -> Credential:
        sources = (self.value, self.env, self.command, self.oauth2)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("give exactly one of value, env, command and oauth2")
        return self

    @property
    def secret(self) -> str:
        """The value, obtained once. Raises TargetError when its source does not give one."""
        with _obtaining:
            if not self._values:
                self._values.append(self._obtained())
            return self._values[-1]

    def renewed(self, refused: str) -> bool:
        """Whether there is another value than a refused one: a command is run again, a token asked for again.

        Raises TargetError when the source does not give one.
        """
        with _obtaining:
            if self._values[-1] == refused and (self.command or self.oauth2):
                self._values.append(self._obtained())
            return self._values[-1] != refused

    @property
    def values(self) -> tuple[str, ...]:
        """Every value it had so far; empty where none was needed yet."""
        return (self.value,) if self.value is not None else tuple(self._values)

    def _obtained(self) -> str:
        if self.value is not None:
            return self.value
        if self.oauth2 is not None:
            return _token(self.oauth2)
        return _output(self.command) if self.command else _variable(self.env or "")

    def suffices(self, operation: Operation) -> bool:
        """Whether it has by itself the roles of one of the operation's alternatives."""
        return any(
            set(alternative) == {self.scheme} and set(alternative[self.scheme]) <= set(self.roles)
            for alternative in operation.security
        )

    def admits(self, path: Mapping[str, Any]) -> bool:
        """Whether its scope allows every one of these path values."""
        return all(str(path[name]) in allowed for name, allowed in self.scope.items() if name in path)


_obtaining = Lock()
"""Held while a credential's value is obtained: contracts and checks ask at the same time."""


class LevelChange(_Strict):
    """Another level for a promise than its sources give it, and why."""

    level: Level
    reason: str = Field(min_length=1)


def _seconds(value: Any) -> Any:
    """A duration such as "500ms" or "2s" in seconds; anything else as it is."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s)", value) if isinstance(value, str) else None
    if found is None:
        return value
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _as_list(value: Any) -> Any:
    """A single text as a list of one."""
    return [value] if isinstance(value, str) else value


class ContractTarget(_Strict):
    """One implementation of one contract.

    wsgi, asgi: an application in this process, as `package.module:callable` or the callable itself.
    connection: how the target is reached. wait_for: the seconds to wait until it answers at all.
    may_change: the resources whose objects a run may change though it did not create them, by the names of
    `openapi.changeable`. allow: the operationIds that may be called though they stop, restart, purge, send or
    pay. `*` in either stands for all.
    production: whether people depend on it; a run then sends reading requests alone, but for --read-write.
    any_text: whether texts with NUL and lone surrogates may be sent, which many stores and frameworks refuse.
    deadline: the seconds a job may take until it is finished. timeout: the seconds an answer may take.
    min_passed: how many requirements of this contract must pass for the exit code 0.
    levels: other levels of requirements, by id; `*` and `?` are patterns.
    settle: the seconds after a write until every answer shows it.
    framework, framework_version: what the implementation is written with, and in which versions.
    """

    base_url: str | None = None
    wsgi: Any = None
    asgi: Any = None
    connection: Connection = Connection()
    wait_for: Annotated[float, BeforeValidator(_seconds)] = Field(default=0.0, ge=0, le=3600)
    spec: Path | None = None
    third_party: bool = True
    any_text: bool = False
    production: bool = False
    deadline: float = Field(default=20.0, gt=0)
    timeout: float = Field(default=30.0, gt=0)
    min_passed: int = Field(default=0, ge=0)
    settle: Annotated[float, BeforeValidator(_seconds)] = Field(default=0.0, ge=0, le=60)
    settled: Path | None = None
    framework: FrameworkName | None = None
    framework_version: Annotated[
        tuple[Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")], ...], BeforeValidator(_as_list)
    ] = ()
    may_change: list[str] = []
    allow: list[str] = []
    credentials: dict[str, Credential] = {}
    known: dict[str, Any] = {}
    neighbour: dict[str, Any] = {}
    foreign: dict[str, Any] = {}
    empty: dict[str, Any] = {}
    bodies: dict[str, Any] = {}
    queries: dict[str, dict[str, Any]] = {}
    values: dict[str, Any] = {}
    levels: dict[str, LevelChange] = {}

    @model_validator(mode="after")
    def _somewhere(self) -> ContractTarget:
        if self.wsgi is not None and self.asgi is not None:
            raise ValueError("wsgi and asgi cannot be combined")
        if self.base_url is None and self.wsgi is None and self.asgi is None:
            raise ValueError("give base_url, or wsgi or asgi for an application in this process")
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url must start with http:// or https://")
        return self

    @model_validator(mode="after")
    def _framework_with_versions(self) -> ContractTarget:
        if (self.framework is None) != (not self.framework_version):
            raise ValueError("give framework and framework_version together")
        return self

    @cached_property
    def application(self) -> Any:
        """The WSGI or ASGI callable, imported when it is named; None for a target over HTTP.

        Raises TargetError.
        """
        kind, given = ("wsgi", self.wsgi) if self.asgi is None else ("asgi", self.asgi)
        if not isinstance(given, str):
            return given
        module, colon, name = given.partition(":")
        if not (module and colon and name):
            raise TargetError(f"{kind}: {given!r}: write package.module:callable")
        try:
            found = getattr(import_module(module), name)
        except Exception as error:  # a module of the user's: whatever it raises is why it cannot be used
            raise TargetError(
                f"{kind}: {given} cannot be imported: {type(error).__name__}: {error}"
            ) from error
        if not callable(found):
            raise TargetError(f"{kind}: {given} must be callable, not of type {type(found).__name__}")
        return found

    def level_of(self, requirement: str) -> LevelChange | None:
        """The first change of level whose pattern an id fits."""
        return next((each for key, each in self.levels.items() if fnmatchcase(requirement, key)), None)

    def named(self, table: Table, name: str, path: str) -> Any | None:
        """The value a table has for a parameter of a path, None without one."""
        value: Any = self
        for key in self.keys_of(table, name, path):
            value = getattr(value, key) if value is self else value[key]
        return None if value is self else value

    def keys_of(self, table: Table, name: str, path: str) -> tuple[str, ...]:
        """The keys on the way to the value a table has for a parameter of a path; empty without one.

        Looked up in the longest table for a part of that path, then in tables for longer paths, then under
        the parameter's name alone.
        """
        values: dict[str, Any] = getattr(self, table)
        place = shape(places(path).get(name, ""))

        def rank(key: str) -> tuple[bool, int]:
            return not f"{shape(path)}/".startswith(f"{shape(key)}/"), -len(key)

        for key in sorted((key for key in values if key.startswith("/")), key=rank):
            for named, prefix in places(key).items():
                if shape(prefix) == place and named in values[key]:
                    return table, key, named
        return (table, name) if name in values else ()

    def valid_credentials(self) -> dict[str, Credential]:
        """Those that must be accepted, in the order of the file."""
        return {label: credential for label, credential in self.credentials.items() if credential.valid}

    def sent_beside(self, label: str, operation: Operation) -> tuple[Credential, ...]:
        """The valid credentials of other schemes that an operation requires together with one.

        Nothing where that one suffices by itself, or where the target cannot complete it.
        """
        credential = self.credentials[label]
        if credential.suffices(operation):
            return ()
        for alternative in operation.security:
            if credential.scheme not in alternative:
                continue
            if not set(alternative[credential.scheme]) <= set(credential.roles):
                continue
            beside = [
                self._valid_of(scheme, roles)
                for scheme, roles in alternative.items()
                if scheme != credential.scheme
            ]
            complete = tuple(other for other in beside if other is not None)
            if len(complete) == len(beside):
                return complete
        return ()

    def _valid_of(self, scheme: str, roles: Iterable[str]) -> Credential | None:
        """The first valid credential of a scheme with these roles."""
        for credential in self.valid_credentials().values():
            if credential.scheme == scheme and set(roles) <= set(credential.roles):
                return credential
        return None


class Target(_Strict):
    """The whole file. source: its name as the user gave it."""

    contracts: dict[str, ContractTarget] = Field(min_length=1)
    source: str = ""

    @classmethod
    def load(cls, path: Path) -> Target:
        """Read a target file.

        Paths in it are relative to it. Raises TargetError with a line for each problem.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise TargetError(f"{path}: {reason}") from error
        for each in (
            content.get("contracts", {}).values() if isinstance(content.get("contracts"), dict) else ()
        ):
            if isinstance(each, dict) and isinstance(each.get("spec"), str):
                each["spec"] = path.parent / each["spec"]
        try:
            target = cls.model_validate({**content, "source": str(path)})._below(path.parent)
        except ValidationError as error:
            raise TargetError("\n".join(f"{path}: {line}" for line in _lines(error))) from error
        problems = target.problems()
        if problems:
            raise TargetError("\n".join(f"{path}: {line}" for line in problems))
        return target

    def _below(self, folder: Path) -> Target:
        """The same with the paths of its connections and of settled decisions relative to a folder."""
        contracts = {
            name: each.model_copy(
                update={
                    "connection": each.connection.below(folder),
                    "settled": None if each.settled is None else folder / each.settled,
                }
            )
            for name, each in self.contracts.items()
        }
        return self.model_copy(update={"contracts": contracts})

    def contract(self, name: str) -> Contract:
        """The contract of that name in this file.

        Raises SpecError or UnreadableError when it cannot be read.
        """
        return load_contract(name, self.contracts[name].spec)

    def warnings(self) -> list[str]:
        """What is wrong with the users' own documents, without keeping a run from judging by the rest."""
        own = [name for name, contract in self.contracts.items() if contract.spec is not None]
        return [warning for name in own for warning in warnings_about(self.contract(name))]

    def undecided(self) -> Target:
        """The same without the decisions that are settled."""
        contracts = {name: each.model_copy(update={"settled": None}) for name, each in self.contracts.items()}
        return self.model_copy(update={"contracts": contracts})

    def known_to(self, citations: Citations) -> Citations:
        """The citations with what the file says of the implementations: their frameworks, and the decisions
        they settle. Raises TargetError."""
        return citations.for_implementations(self.frameworks, self._settled())

    def _settled(self) -> Iterator[SettledDecision]:
        for name, each in self.contracts.items():
            if each.settled is None:
                continue
            try:
                entries = read_settled(each.settled)
            except TableError as error:
                raise TargetError(f"contracts.{name}.settled: {error}") from error
            yield from (entry for entry in entries if entry.contract == name)

    @property
    def frameworks(self) -> dict[str, Framework]:
        """The framework of each contract's implementation, where the file names it."""
        return {
            name: Framework(each.framework, each.framework_version)
            for name, each in self.contracts.items()
            if each.framework is not None
        }

    def problems(self) -> list[str]:
        """Each name that the contract does not have, with the names that it has."""
        return [problem for name in self.contracts for problem in self._problems_of(name)]

    def _problems_of(self, name: str) -> list[str]:
        at, one = f"contracts.{name}", self.contracts[name]
        if one.spec is None and name not in NAMES:
            return [f"{at}: not a contract of ours ({', '.join(NAMES)}); give spec for one of your own"]
        try:
            contract = load_contract(name, one.spec)
        except (SpecError, UnreadableError) as error:
            return [f"{at}.spec: {error}"]
        problems = [
            f"{at}.credentials.{label}.scheme: {credential.scheme!r}: not one of {_listed(contract.schemes)}"
            for label, credential in one.credentials.items()
            if credential.scheme not in contract.schemes
        ]
        changeable = Changeable(contract)
        problems += [
            f"{at}.may_change: {resource!r}: not one of {_listed(changeable.names)}"
            for resource in one.may_change
            if resource != EVERYTHING and changeable.resolve(resource) is None
        ]
        problems += [
            f"{at}.allow: {operation!r}: not one of {_listed(contract.operations)}"
            for operation in one.allow
            if operation != EVERYTHING and operation not in contract.operations
        ]
        for table in ("bodies", "queries"):
            wrong = [key for key in getattr(one, table) if key not in contract.operations]
            problems += [f"{at}.{table}.{key}: not one of {_listed(contract.operations)}" for key in wrong]
        return [*problems, *_table_problems(at, one, contract)]


def _table_problems(at: str, target: ContractTarget, contract: Contract) -> Iterator[str]:
    """What is wrong in the tables of things: a name or path that the contract does not have, a name that
    stands for several kinds of thing."""
    by_name = places_by_name(
        [
            *(str(path) for path in contract.document.get("paths") or {}),
            *(operation.path for operation in contract.operations.values()),
        ]
    )
    every_place = list(dict.fromkeys(place for found in by_name.values() for place in found))
    for table in get_args(Table):
        for key, value in getattr(target, table).items():
            where = f"{at}.{table}.{json.dumps(key) if key.startswith('/') else key}"
            if key.startswith("/"):
                yield from _path_problems(where, key, value, every_place)
            elif len(by_name.get(key, ())) > 1:
                paths = ", ".join(f'{at}.{table}."{place}"' for place in by_name[key])
                yield f"{where}: names things of several paths; write one of the tables {paths}"
            elif table != "known" and key not in by_name and key not in target.known:
                yield f"{where}: not one of {_listed(sorted(by_name))}"


def _path_problems(where: str, key: str, value: Any, every_place: list[str]) -> Iterator[str]:
    names = names_in(key)
    if shape(key) not in {shape(place) for place in every_place}:
        yield f"{where}: not the path of a thing; those are {_listed(every_place)}"
    elif not isinstance(value, Mapping):
        yield f"{where}: write a table with {_listed(names)}"
    else:
        wrong = [name for name in value if name not in names]
        yield from (f"{where}.{name}: not one of {_listed(names)}" for name in wrong)


def credential_variable(contract: str, label: str) -> str:
    """The environment variable that stands for a credential of the target, such as SHOP_ADMIN."""
    name = re.sub(r"\W+", "_", f"{contract}_{label}", flags=re.ASCII).upper()
    return f"_{name}" if name[:1].isdigit() else name


def _listed(names: Any) -> str:
    return ", ".join(names) or "nothing"


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        if problem["type"] == "extra_forbidden":
            allowed = _fields_at(problem["loc"])
            lines.append(f"{where}: unknown field; allowed are {', '.join(allowed)}")
        else:
            lines.append(f"{where}: {problem['msg'].removeprefix('Value error, ')}")
    return lines


def _fields_at(where: tuple[int | str, ...]) -> list[str]:
    """The fields allowed beside the last part of a location in the file."""
    if len(where) == 1:
        return ["contracts"]
    if len(where) == 3:
        return list(ContractTarget.model_fields)
    if where[2] == "connection":
        return list((Connection if len(where) == 4 else FromEnvironment).model_fields)
    if where[2] == "levels":
        return list(LevelChange.model_fields)
    return list((OAuth2 if "oauth2" in where[4:-1] else Credential).model_fields)


def _variable(name: str) -> str:
    if not os.environ.get(name):
        raise TargetError(f"the environment variable {name} is not set")
    return os.environ[name]


def _token(source: OAuth2) -> str:
    """A new access token of an authorization server."""
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import OAuth2Client

    secret = None if source.client_secret_env is None else _variable(source.client_secret_env)
    try:
        with OAuth2Client(source.client_id, secret, scope=source.scope, timeout=COMMAND_SECONDS) as client:
            if source.refresh_token_env is None:
                token = client.fetch_token(source.token_url, grant_type="client_credentials")
            else:
                token = client.refresh_token(source.token_url, _variable(source.refresh_token_env))
        return str(token["access_token"])
    except (OAuthError, httpx.HTTPError, KeyError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise TargetError(f"oauth2: {source.token_url} gives no token: {reason}") from error


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise TargetError(f"the command {command[:1]} gives no credential: {type(error).__name__}") from error
    return done.stdout.strip()
