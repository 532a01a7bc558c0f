"""Names as documents write them."""

from __future__ import annotations

import re


def words(text: str) -> list[str]:
    """The words of a name in lower case: `sendMail`, `send_mail` and `send-mail` are "send" and "mail"."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)]
