"""Who may do what, and the providers and connectors that are there from the start."""

from __future__ import annotations

from typing import Any

NORTH, NORTH_TWO = "5c2d7e90-41af-4b36-9d18-7fe3a2c60b11", "0e94b3f7-d26c-4a58-8b71-c5d8f1029a34"
SOUTH = "c7a1f4e8-936b-4d02-a5ef-18b7d3c9e650"
COLLECTIONS = {
    "2a7f9c04-e8b1-4635-9f2d-6d0c3b8e5a71": NORTH,
    "84d1b6e3-5f70-49c2-8a9e-03b7c2f6d815": NORTH,
    "f03c8a5d-17e9-4b24-b6d0-92e4a7c1583f": NORTH_TWO,
    "69e2d7b1-c4a8-4f53-9e07-b1f8063c2da4": SOUTH,
}
SPACES = (NORTH, NORTH_TWO, SOUTH)
USERS: dict[str, dict[str, Any]] = {
    "tok-nora": {"id": "user77", "mail": "nora@north.example", "admin": False, "spaces": {NORTH: "write"}},
    "tok-root": {
        "id": "user1",
        "mail": "root@aimable.example",
        "admin": True,
        "spaces": {NORTH: "write", NORTH_TWO: "write"},
    },
    "tok-read": {"id": "user78", "mail": "rita@north.example", "admin": False, "spaces": {NORTH: "read"}},
    "tok-sven": {"id": "user90", "mail": "sven@south.example", "admin": False, "spaces": {SOUTH: "write"}},
}
API_KEYS = {"key-nora": "tok-nora"}
PROVIDERS: list[dict[str, Any]] = [
    {
        "id": "7d4e1f0a-93c6-4b85-a2d7-5e8f6b1c3094",
        "slug": "dropbox",
        "name": "Dropbox",
        "scopes": [("files.content.read", "Read files")],
        "credentials": {"client_id": "seed-id", "client_secret": "seed-secret"},
    },
    {
        "id": "b81c5d27-6e0f-4a39-8d42-f7a3e9c60518",
        "slug": "hubspot",
        "name": "HubSpot",
        "scopes": [("crm.objects.contacts.read", "Read contacts"), ("crm.lists.read", "Read lists")],
        "credentials": None,
    },
    {
        "id": "3e9a0c74-d5f2-4168-b07b-8c1d4f6e2a93",
        "slug": "jira-cloud",
        "name": "Jira",
        "scopes": [("read:jira-work", "Read issues")],
        "credentials": None,
    },
]
CONNECTORS: list[dict[str, Any]] = [
    {
        "id": "d5b7e2c9-80f4-4a16-93be-6c1f07a8d243",
        "collection_id": "2a7f9c04-e8b1-4635-9f2d-6d0c3b8e5a71",
        "provider_slug": "dropbox",
        "principal": "tok-nora",
        "credential": {"access_token": "seed-token-north"},
        "scope_config": {"folder_ids": ["F1"]},
    },
    {
        "id": "a06f3d81-4c9e-4f72-8e5a-d2b9c7046e1f",
        "collection_id": "69e2d7b1-c4a8-4f53-9e07-b1f8063c2da4",
        "provider_slug": "dropbox",
        "principal": "tok-sven",
        "credential": {"access_token": "seed-token-south"},
        "scope_config": {"folder_ids": ["F9"]},
    },
]
RESOURCES: dict[str, list[dict[str, Any]]] = {
    "": [
        {"id": "F1", "name": "Contracts", "type": "folder"},
        {"id": "F2", "name": "Holiday photos", "type": "folder"},
        {"id": "D0", "name": "readme.txt", "type": "file"},
    ],
    "F1": [{"id": "D1", "name": "lease.pdf", "type": "file"}],
    "F2": [],
}
