"""Who may ask: the principals of a contract and the credentials that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody a credential stands for.

    roles: None for somebody who has every role. scope: path parameter name → values this principal may use; a
    name that is missing is not restricted. purpose: one line for people. credentials: by security scheme id.
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
        """Whether this value of this path parameter lies inside the principal's scope."""
        allowed = self.scope.get(parameter)
        return allowed is None or value in allowed
