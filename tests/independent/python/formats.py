"""The spellings of times and identifiers between which the servers choose."""

import secrets
from datetime import UTC, datetime
from uuid import uuid4


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def render_time(moment: datetime, style: str) -> str:
    """Write a UTC moment as `seconds`, `microseconds`, `offset` or `sql`."""
    if style == "seconds":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if style == "microseconds":
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if style == "offset":
        return moment.isoformat(timespec="milliseconds")
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def new_id(style: str, prefix: str) -> str:
    """Make an identifier that was not used before: `uuid`, `hex` or `prefixed` (such as `conn_1f0c...`)."""
    if style == "prefixed":
        return f"{prefix}_{secrets.token_hex(10)}"
    if style == "hex":
        return uuid4().hex
    return str(uuid4())
