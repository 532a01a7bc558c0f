"""Signatures of the Standard Webhooks specification, symmetric scheme (v1)."""

from __future__ import annotations

import base64
import hashlib
import hmac

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Minimum and maximum length of a decoded key, in bytes."""


def key_of_secret(secret: str) -> bytes:
    """The key of a secret: decoded from base64 after the prefix, else the bytes of the text.

    Raises ValueError, with a message that does not quote the secret.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"must have {SHORTEST} to {LONGEST} bytes in base64 after {PREFIX}")
    return key


def signed_headers(message: str, body: bytes, *, secret: str, sent: int) -> dict[str, str]:
    """The headers with the signature of a message. message: its id. sent: seconds since 1970."""
    content = f"{message}.{sent}.".encode() + body
    digest = hmac.new(key_of_secret(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(sent),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
