"""What the authorization server remembers of a world: codes, refresh tokens and revoked tokens."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

_MOST = 1000
"""Codes, refresh tokens and revoked tokens that are kept of each; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a user has granted to a client.

    scope: names, separated by spaces. until: when the code or the refresh token expires, by the world's
    clock. signed_in: when the user did. challenge, method: of PKCE (RFC 7636), empty without it.
    """

    secret: str
    client_id: str
    user: str
    scope: str
    until: datetime
    signed_in: datetime
    redirect_uri: str = ""
    nonce: str = ""
    challenge: str = ""
    method: str = ""


@dataclass(slots=True)
class SignInState:
    """The grants of one world, safe to use from several threads."""

    _codes: OrderedDict[str, Granted] = field(default_factory=OrderedDict)
    _refresh_tokens: OrderedDict[str, Granted] = field(default_factory=OrderedDict)
    _revoked: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add_code(self, granted: Granted) -> None:
        """Remember a code."""
        self._add(self._codes, granted)

    def take_code(self, code: str, now: datetime) -> Granted | None:
        """What a code stands for. It is valid once (RFC 6749, section 4.1.2)."""
        with self._lock:
            granted = self._codes.pop(code, None)
        return granted if granted is not None and granted.until > now else None

    def add_refresh_token(self, granted: Granted) -> None:
        """Remember a refresh token."""
        self._add(self._refresh_tokens, granted)

    def refresh_token(self, token: str, now: datetime) -> Granted | None:
        """What a refresh token stands for; None for one that is unknown, revoked or expired."""
        granted = self._refresh_tokens.get(token)
        return granted if granted is not None and granted.until > now else None

    def revoke(self, token: str, token_id: str) -> None:
        """Revoke a refresh token, or the access token with this id."""
        with self._lock:
            self._refresh_tokens.pop(token, None)
            if token_id:
                self._revoked[token_id] = None
                if len(self._revoked) > _MOST:
                    self._revoked.popitem(last=False)

    def is_revoked(self, token_id: str) -> bool:
        """Whether the access token with this id is revoked."""
        return token_id in self._revoked

    def _add(self, kept: OrderedDict[str, Granted], granted: Granted) -> None:
        with self._lock:
            kept[granted.secret] = granted
            if len(kept) > _MOST:
                kept.popitem(last=False)
