"""Tokens: signed by a key of this server (RFC 7519), and valid by the clock of a world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from secrets import token_urlsafe
from typing import Any

ALGORITHM = "RS256"
"""The algorithm that every OpenID provider supports (OpenID Connect Discovery 1.0, section 3)."""

LIFETIME = timedelta(hours=1)
"""Of an access token and an ID token."""


class Tokens:
    """Issues and reads the tokens of one server. The key is made when it is first needed, which takes about a
    tenth of a second."""

    @cached_property
    def _key(self) -> Any:
        from joserfc.jwk import RSAKey

        parameters: Any = {"use": "sig", "alg": ALGORITHM}
        return RSAKey.generate_key(2048, parameters, private=True, auto_kid=True)

    def key_set(self) -> dict[str, Any]:
        """The public key as a JWK Set (RFC 7517)."""
        return {"keys": [self._key.as_dict(private=False)]}

    def issue(self, claims: Mapping[str, Any], now: datetime, *, kind: str) -> str:
        """A token with these claims, and when it was issued and expires. kind: of the header's `typ`."""
        from joserfc import jwt

        issued = int(now.timestamp())
        expires = issued + int(LIFETIME.total_seconds())
        header = {"alg": ALGORITHM, "kid": self._key.kid, "typ": kind}
        return jwt.encode(
            header, {**claims, "iat": issued, "exp": expires, "jti": token_urlsafe(12)}, self._key
        )

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of an access token of this server, expired or not; None for any other text."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if not may_be_token(token):
            return None
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            return None
        return decoded.claims if decoded.header.get("typ") == "at+jwt" else None


def may_be_token(text: str) -> bool:
    """Whether a text has the form of a signed token, so that it is worth reading."""
    return text.startswith("eyJ") and text.count(".") == 2
