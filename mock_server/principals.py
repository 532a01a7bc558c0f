"""The principals of a contract and their credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mock_server.clock import from_rfc3339
from mock_server.contract.operation import Contract
from mock_server.errors.startup import StartupError
from mock_server.yaml_file import read_yaml

_MEMBERS = frozenset({"name", "for", "credentials", "roles", "scope", "expires_at"})


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or client that credentials identify.

    roles: None for all roles. scope: path parameter → allowed values; other parameters are not restricted.
    purpose: a description for users. credentials: by security scheme id.
    """

    name: str
    roles: frozenset[str] | None
    scope: Mapping[str, frozenset[str]] = field(default_factory=dict)
    expires_at: datetime | None = None
    purpose: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)

    def has(self, role: str) -> bool:
        """Whether the principal has this role."""
        return self.roles is None or role in self.roles

    def may_use(self, parameter: str, value: str) -> bool:
        """Whether a value of a path parameter is in the scope of the principal."""
        allowed = self.scope.get(parameter)
        return allowed is None or value in allowed


ANYBODY = Principal("anybody", None)
"""The principal of every request while credentials are not checked."""


@dataclass(frozen=True, slots=True)
class Principals:
    """The principals of one contract, in the order of their file."""

    known: tuple[Principal, ...]
    by_credential: Mapping[tuple[str, str], Principal]

    def find(self, scheme: str, credential: str) -> Principal | None:
        """The owner of a credential of this security scheme, or None."""
        return self.by_credential.get((scheme, credential))


def load_principals(path: Path, contract: Contract) -> Principals:
    """Read the principals of a contract; none if the file does not exist.

    Raises StartupError with all unknown members and security schemes, invalid times, and credentials of more
    than one principal.
    """
    if not path.exists():
        return Principals((), {})
    document = read_yaml(path)
    entries = document.get("principals") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise StartupError(f"{path}: `principals` must be a list")
    return overlaid(Principals((), {}), entries, contract, place=f"{path}: principals")


def overlaid(below: Principals, entries: Sequence[Any], contract: Contract, *, place: str) -> Principals:
    """Principals with entries added; an entry replaces the principal with the same name.

    place: of the entries, for error messages. Raises StartupError, see load_principals.
    """
    problems = [
        f"{place}[{index}]: {problem}"
        for index, entry in enumerate(entries)
        for problem in _problems(entry, contract)
    ]
    if problems:
        raise StartupError(*problems)
    known = {principal.name: principal for principal in below.known}
    known.update((entry["name"], _principal(entry)) for entry in entries)
    by_credential: dict[tuple[str, str], Principal] = {}
    for principal in known.values():
        for pair in principal.credentials.items():
            other = by_credential.setdefault(pair, principal)
            if other is not principal:
                problems.append(
                    f"{place}: {principal.name} and {other.name} have the same {pair[0]} credential"
                )
    if problems:
        raise StartupError(*problems)
    return Principals(tuple(known.values()), by_credential)


def _problems(entry: Any, contract: Contract) -> Iterator[str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        yield "must be a mapping with a `name`"
        return
    for name in sorted(entry.keys() - _MEMBERS):
        yield f"unknown member {name!r} (allowed: {', '.join(sorted(_MEMBERS))})"
    for scheme, credential in (entry.get("credentials") or {}).items():
        if scheme not in contract.schemes:
            allowed = ", ".join(contract.schemes) or "none"
            yield f"unknown security scheme {scheme!r} (allowed: {allowed})"
        if not isinstance(credential, str) or not credential:
            yield f"the credential {scheme} must be a non-empty string"
    try:
        from_rfc3339(entry.get("expires_at") or "2026-01-01T00:00:00Z")
    except (TypeError, ValueError):
        yield f"expires_at {entry['expires_at']!r} must be an RFC 3339 time such as 2026-01-01T00:00:00Z"


def _principal(entry: Mapping[str, Any]) -> Principal:
    expires_at = entry.get("expires_at")
    scope = entry.get("scope") or {}
    return Principal(
        name=entry["name"],
        roles=frozenset(entry.get("roles") or ()),
        scope={name: frozenset(map(str, values)) for name, values in scope.items()},
        expires_at=from_rfc3339(expires_at) if expires_at else None,
        purpose=str(entry.get("for") or ""),
        credentials=entry.get("credentials") or {},
    )
