"""Signatures as the Standard Webhooks specification has them (its section on the symmetric scheme, v1)."""

from __future__ import annotations

import base64
import hashlib
import hmac

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a key in base64."""


def key_of_secret(secret: str) -> bytes:
    """The key a secret stands for: what it says in base64 behind the prefix, else its own text.

    Raises ValueError, which never quotes it.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"behind {PREFIX} there must be {SHORTEST} to {LONGEST} bytes in base64")
    return key


def signed_headers(message: str, body: bytes, *, secret: str, sent: int) -> dict[str, str]:
    """The headers a receiver checks the body with. message: its id. sent: seconds since 1970."""
    content = f"{message}.{sent}.".encode() + body
    digest = hmac.new(key_of_secret(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(sent),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
