"""Who may ask an inferred contract: whoever brings a credential, or only those who bring one of a list."""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.principals import Principal, Principals

_SOMEBODY = Principal("somebody", None)


@dataclass(frozen=True, slots=True)
class AnyCredential(Principals):
    """Every credential of the right form names the same principal; a list of allowed ones narrows that."""

    allowed: frozenset[str] = frozenset()

    def find(self, scheme: str, credential: str) -> Principal | None:  # noqa: ARG002 - every scheme alike
        """The principal, if the credential is not empty and, where there is a list, on it."""
        if not credential or (self.allowed and credential not in self.allowed):
            return None
        return _SOMEBODY


def whoever(allowed: tuple[str, ...]) -> Principals:
    """The principals of an inferred contract. allowed: the credentials that are accepted, empty for all."""
    return AnyCredential((), {}, frozenset(allowed))
