"""What the server knows at its start: people, spaces, collections, providers and connectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MARKETING = "f7a0c5b2-91de-4c38-8b64-2d7e90a1f3c5"
FINANCE = "1b84e6d9-3c7a-4f02-a95d-c6e2f08b7d14"
OUTSIDE = "d90c2f71-5ae8-4b36-9f1c-7a3be4d6028f"

CAMPAIGNS = "63e9f1d4-a7c2-4085-b3d8-f0159c7e2ab6"
PRESS = "c1d72a58-0e4b-4f93-96ac-b85d3e70f241"
PAYROLL = "8f25b0c6-d419-4e7a-a0f3-59c8e12b7d60"
LEDGERS = "2e6d8a93-f5b1-4c70-8d24-a91f3c0be578"
STRANGER = "b4f809e7-26c3-4d15-bea8-0c7d5f19a362"

STANDING = "e08b3c5d-7f12-4a96-b0d4-3c9a6e81f257"
ELSEWHERE = "9a5cd4f0-b861-4237-8ce9-f4721d0b3e8a"


@dataclass(frozen=True)
class User:
    """A person or a service. collections: those that are open to them, by space."""

    id: str
    admin: bool
    writes: bool
    collections: dict[str, tuple[str, ...]]


MAYA = User("usr_maya", admin=False, writes=True, collections={MARKETING: (CAMPAIGNS, PRESS)})
OMAR = User("usr_omar", admin=False, writes=False, collections={MARKETING: (CAMPAIGNS, PRESS)})
RUTH = User(
    "usr_ruth",
    admin=True,
    writes=True,
    collections={MARKETING: (CAMPAIGNS, PRESS, PAYROLL), FINANCE: (LEDGERS,)},
)
IGOR = User("usr_igor", admin=False, writes=True, collections={OUTSIDE: (STRANGER,)})


@dataclass(frozen=True)
class Token:
    """An access token, of whom and until when."""

    user: User
    expires_at: datetime


LATER = datetime(2199, 1, 1, tzinfo=UTC)
TOKENS = {
    "at-maya-51": Token(MAYA, LATER),
    "at-omar-52": Token(OMAR, LATER),
    "at-ruth-53": Token(RUTH, LATER),
    "at-igor-54": Token(IGOR, LATER),
    "at-maya-00": Token(MAYA, datetime(2024, 1, 1, tzinfo=UTC)),
}
KEYS = {"ak-maya-61": MAYA, "ak-igor-64": IGOR}
PLATFORM_KEYS = {"pk-staging-71"}

SPACES = {
    MARKETING: (CAMPAIGNS, PRESS, PAYROLL),
    FINANCE: (LEDGERS,),
    OUTSIDE: (STRANGER,),
}

CLIENT_SCHEMA = {"client_id": {"type": "string"}, "client_secret": {"type": "string"}}
PROVIDERS: list[dict[str, Any]] = [
    {
        "slug": "google-drive",
        "name": "Google Drive",
        "set_up": True,
        "scopes": {"https://www.googleapis.com/auth/drive.readonly": "Read files"},
    },
    {"slug": "slack", "name": "Slack", "set_up": True, "scopes": {"channels:history": "Read messages"}},
    {"slug": "github", "name": "GitHub", "set_up": False, "scopes": {"repo": "Read repositories"}},
    {"slug": "salesforce", "name": "Salesforce", "set_up": False, "scopes": {"api": "Read records"}},
    {"slug": "notion", "name": "Notion", "set_up": False, "scopes": {}},
]
PLATFORM_PROVIDERS = ["github", "example-crm", "mailbox"]

CONNECTORS: list[dict[str, Any]] = [
    {"id": STANDING, "space": MARKETING, "collection": CAMPAIGNS, "provider": "google-drive", "by": MAYA},
    {"id": ELSEWHERE, "space": OUTSIDE, "collection": STRANGER, "provider": "slack", "by": IGOR},
]

RESOURCES = [
    {"id": "fld-briefs", "parent": None, "name": "Briefs", "type": "folder"},
    {"id": "fld-photos", "parent": None, "name": "Photos", "type": "folder"},
    {"id": "doc-readme", "parent": None, "name": "Read me.txt", "type": "file"},
    {"id": "fld-autumn", "parent": "fld-briefs", "name": "Autumn", "type": "folder"},
    {"id": "doc-plan", "parent": "fld-briefs", "name": "Plan.docx", "type": "file"},
    {"id": "doc-costs", "parent": "fld-briefs", "name": "Costs.xlsx", "type": "file"},
    {"id": "doc-poster", "parent": "fld-autumn", "name": "Poster.pdf", "type": "file"},
]
"""What every account at a provider holds."""
