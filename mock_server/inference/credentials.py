"""Who may ask an inferred contract: whoever brings a credential, or only those who bring one of a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mock_server.contract.operation import SecurityScheme
from mock_server.principals import Principal, Principals

_SOMEBODY = Principal("somebody", None)
_VARIABLE = "$CREDENTIAL"
"""What people are shown for a credential that is their own."""


@dataclass(frozen=True, slots=True)
class AnyCredential(Principals):
    """Every credential of the right form names the same principal; a list of allowed ones narrows that."""

    allowed: frozenset[str] = frozenset()

    def find(self, scheme: str, credential: str) -> Principal | None:  # noqa: ARG002 - every scheme alike
        """The principal, if the credential is not empty and, where there is a list, on it."""
        if not credential or (self.allowed and credential not in self.allowed):
            return None
        return _SOMEBODY


def whoever(allowed: tuple[str, ...], schemes: Mapping[str, SecurityScheme]) -> Principals:
    """The principals of an inferred contract. allowed: the credentials that are accepted, empty for all.

    The credential that is named is none of them: it is shown where the server starts, and may be in earnest.
    """
    shown = _VARIABLE if allowed else "any-token"
    credentials = {name: shown for name, scheme in schemes.items() if scheme.carrier != "basic"}
    purpose = "one of those given with --credentials" if allowed else "every credential is accepted"
    somebody = replace(_SOMEBODY, purpose=purpose, credentials=credentials)
    return AnyCredential((somebody,) if credentials else (), {}, frozenset(allowed))
