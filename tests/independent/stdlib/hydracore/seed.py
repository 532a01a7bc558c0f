"""Customers, instances and what they have from the start."""

from __future__ import annotations

from typing import Any

ALPHA, ALPHA_TWO = "0b8f6a12-3d47-4c95-9e60-a1f2d7c85b39", "d17c4e93-58ab-4f06-8b2d-e9037f6a1c54"
OMEGA = "6fa2c813-e7d0-4b59-a4c6-38b15d9e70f2"
CUSTOMERS = (ALPHA, ALPHA_TWO, OMEGA)
TOKENS: dict[str, dict[str, Any]] = {
    "jwt-alpha": {"writes": True, "customers": (ALPHA, ALPHA_TWO)},
    "jwt-alpha-viewer": {"writes": False, "customers": (ALPHA,)},
    "jwt-omega": {"writes": True, "customers": (OMEGA,)},
}
API_KEYS = {"hk-alpha": "jwt-alpha"}
INSTANCES = {
    "4e7d9b20-61fc-4a83-b5e1-0d8c27f3a946": {"customer": ALPHA, "proxy_key": "px-alpha-one"},
    "a93f5c67-0e1b-4d28-86f4-7b2c9d14e5a0": {"customer": ALPHA, "proxy_key": "px-alpha-two"},
    "58c0e1d4-b7a3-4f69-9d15-2e6f80b3c7a8": {"customer": OMEGA, "proxy_key": "px-omega"},
}
CONNECTIONS: list[dict[str, Any]] = [
    {
        "id": "2d6e8f01-94ab-4c37-8e5d-b0f1c3a72d65",
        "customer_id": ALPHA,
        "provider": "gmail",
        "name": "office@alpha.example",
        "auth_type": "oauth2",
        "credentials": {"access_token": "alpha-seeded"},
        "scopes": ["mail.send"],
        "grants": [
            {
                "id": "e4b70c95-1f82-4d6a-93c7-5a8e0d2f6b13",
                "instance_id": "4e7d9b20-61fc-4a83-b5e1-0d8c27f3a946",
                "capabilities": ["send_mail", "read_mail"],
            }
        ],
    },
    {
        "id": "91a5d3c7-06fe-4b28-a7d9-e8c42b0f165d",
        "customer_id": OMEGA,
        "provider": "deputy",
        "name": "Omega roster",
        "auth_type": "basic",
        "credentials": {"user": "omega", "password": "omega-seeded"},
        "scopes": None,
        "grants": [],
    },
]
KNOWN_CAPABILITIES = {"send_mail", "read_mail", "read_events", "write_events", "read_invoices"}
