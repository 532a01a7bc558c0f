"""Companies' users, connectors and what belongs to them."""

from __future__ import annotations

from typing import Any

USERS = {
    "pt-lime": {"company": "lime", "writes": True},
    "pt-lime-viewer": {"company": "lime", "writes": False},
    "pt-plum": {"company": "plum", "writes": True},
}
POOLS = (3, 4)
CERTIFICATES: dict[str, dict[str, Any]] = {
    "c-11": {
        "company": "lime",
        "id": "c-11",
        "name": "lime client certificate",
        "user": {"id": 7, "name": "Lena"},
    },
}
SYSTEM: dict[str, Any] = {
    "id": 21,
    "name": "Magento",
    "system_template_id": 77,
    "logo": {"id": 5, "url": "https://img.example/m.png"},
    "systemType": {"id": 2, "name": "Shop"},
}
ENDPOINT: dict[str, Any] = {
    "id": 31,
    "name": "Get orders",
    "filters": [{"id": 41, "key": "from"}],
    "endpointSchema": {"id": 51, "format": "json"},
    "system": SYSTEM,
    "entityType": {"id": 61, "name": "Order"},
    "fieldTags": [],
    "variables": [{"id": 71, "key": "page_size", "value": "100"}],
}
IMPLEMENTATIONS: dict[str, dict[str, Any]] = {
    "31": {
        "id": 31,
        "name": "Magento 2 token",
        "authenticationType": {"id": 1, "name": "Token"},
        "system": SYSTEM,
        "endpoints": [ENDPOINT],
    },
    "32": {
        "id": 32,
        "name": "SFTP",
        "authenticationType": {"id": 3, "name": "Password"},
        "system": {**SYSTEM, "id": 22, "name": "SFTP server", "system_template_id": 78, "logo": None},
        "endpoints": [],
    },
}
CONNECTORS: list[dict[str, Any]] = [
    {
        "id": "11",
        "company": "lime",
        "name": "Magento DE",
        "authentication_implementation_id": "31",
        "canonical_key": "magento-de",
        "session_id": "s-1",
        "certificate_id": "c-11",
        "variables": [
            {"key": "store", "value": "de", "label": "Store", "secret": False},
            {"key": "token", "value": "seeded-secret-value", "label": "Token", "secret": True},
        ],
    },
    {
        "id": "12",
        "company": "lime",
        "name": "File drop",
        "authentication_implementation_id": "32",
        "canonical_key": "file-drop",
        "session_id": None,
        "certificate_id": None,
        "variables": [],
    },
    {
        "id": "13",
        "company": "plum",
        "name": "Plum shop",
        "authentication_implementation_id": "31",
        "canonical_key": "plum-shop",
        "session_id": None,
        "certificate_id": None,
        "variables": [],
    },
]
