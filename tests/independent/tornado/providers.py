"""The connector providers of both APIs: document 000, for administrators, and document 002."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.independent.tornado import seed
from tests.independent.tornado.choices import Choices
from tests.independent.tornado.store import Locks, Row, Table
from tests.independent.tornado.web import ApiHandler, Refusal, invalid, now, stamp

LAUNCH = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
NAMESPACE = uuid.UUID("0b5c7d9e-1f32-4a54-8b76-9c8d7e6f5a4b")
LONGEST_VALUE = 4096
PLATFORM_REQUIRED = {
    "config_key": {"github": ("config_key",), "example-crm": ("config_key",), "mailbox": ("config_key",)},
    "per_provider": {
        "github": ("app_id", "private_key"),
        "example-crm": ("config_key",),
        "mailbox": ("host", "password"),
    },
    "anything": {"github": (), "example-crm": (), "mailbox": ()},
}


class ProviderService:
    """The providers of one API, and what they were set up with, which no answer shows."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.providers = Table()
        self.secrets = Table()
        self.locks = Locks()

    async def row(self, slug: str) -> Row:
        """A provider. Raises Refusal, when the slug is unknown."""
        row = await self.providers.get(slug)
        if row is None and self.choices.unknown_provider == "422":
            raise invalid("path", "provider_slug", msg="Invalid provider slug", input=slug)
        if row is None:
            raise Refusal(404, "Connector provider not found")
        return row

    async def rows(self) -> list[Row]:
        """All providers in the chosen order."""
        rows = await self.providers.where()
        if self.choices.provider_order == "name":
            return sorted(rows, key=lambda row: row["display_name"])
        return rows

    async def set_up(self, slug: str, config: dict[str, Any]) -> Row:
        """Keep a configuration. Raises Refusal, when the slug is unknown or, where chosen, already set up."""
        async with self.locks.of(slug):
            row = await self.row(slug)
            if row["setup_complete"] and self.choices.repeated_setup == "409":
                raise Refusal(409, "The provider is set up already; reset it first")
            await self.secrets.put(slug, config)
            row.update(setup_complete=True, updated_at=max(now(), row["updated_at"]))
            await self.providers.put(slug, row)
        return row

    async def reset(self, slug: str) -> Row:
        """Forget a configuration. Raises Refusal, when the slug is unknown or, where chosen, not set up."""
        async with self.locks.of(slug):
            row = await self.row(slug)
            if not row["setup_complete"] and self.choices.reset_of_unset == "409":
                raise Refusal(409, "The provider is not set up")
            if not row["setup_complete"] and self.choices.reset_of_unset == "untouched":
                return row
            await self.secrets.drop(slug)
            row.update(setup_complete=False, updated_at=max(now(), row["updated_at"]))
            await self.providers.put(slug, row)
        return row


class ProviderHandler(ApiHandler):
    """What the handlers of both APIs do in the same way."""

    service: ProviderService

    def config(self, required: tuple[str, ...], known: tuple[str, ...] | None) -> dict[str, Any]:
        """The configuration that was sent. required: texts it must have; known: all it may have, or None.

        Raises Refusal with 422, which names every place that is wrong.
        """
        body = self.json_object()
        violations = []
        for name in required:
            value = body.get(name)
            if name not in body:
                problem = ("Field required", "missing")
            elif not isinstance(value, str):
                problem = ("Input should be a valid string", "string_type")
            elif not value.strip():
                problem = ("String should have at least 1 character", "string_too_short")
            elif len(value) > LONGEST_VALUE:
                problem = (f"String should have at most {LONGEST_VALUE} characters", "string_too_long")
            else:
                continue
            violations.append({"loc": ["body", name], "msg": problem[0], "type": problem[1]})
        if known is not None and self.choices.extra_members == "refused":
            for name in set(body).difference(known):
                problem = ("Extra inputs are not permitted", "extra_forbidden")
                violations.append({"loc": ["body", name], "msg": problem[0], "type": problem[1]})
        if violations:
            raise Refusal(422, violations=violations)
        return body


# Document 000


def aimable_providers(choices: Choices) -> ProviderService:
    """The providers of the first API as they are at the start."""
    service = ProviderService(choices)
    for days, each in enumerate(seed.PROVIDERS):
        row = {
            "id": str(uuid.uuid5(NAMESPACE, each["slug"])),
            "provider_slug": each["slug"],
            "display_name": each["name"],
            "auth_type": "oauth2",
            "execution_strategy": "server-side",
            "default_scopes": [
                {"name": name, "description": description} for name, description in each["scopes"].items()
            ],
            "config_schema": seed.CLIENT_SCHEMA,
            "setup_complete": each["set_up"],
            "created_at": LAUNCH + timedelta(days=days),
            "updated_at": LAUNCH + timedelta(days=days),
        }
        service.providers.load(each["slug"], row)
        if each["set_up"]:
            service.secrets.load(each["slug"], {"client_id": "seeded", "client_secret": "seeded"})
    return service


class AdminHandler(ProviderHandler):
    """The base of the handlers for administrators."""

    def administrator(self) -> None:
        """Let administrators pass. Raises Refusal with 401 or 403."""
        user = self.caller(key_suffices=self.choices.admin_by_key == "admitted")
        if not user.admin:
            raise Refusal(403, "Administrative access is required")

    def shown(self, row: Row) -> Row:
        """A provider as answers show it."""
        shown = {
            "id": row["id"],
            "provider_slug": row["provider_slug"],
            "display_name": row["display_name"],
            "auth_type": row["auth_type"],
            "execution_strategy": row["execution_strategy"],
            "default_scopes": row["default_scopes"],
            "config_schema": self.schema(row["config_schema"]),
            "setup_complete": row["setup_complete"],
            "created_at": stamp(row["created_at"], self.choices),
            "updated_at": stamp(row["updated_at"], self.choices),
        }
        if self.choices.provider_extras == "some":
            shown["links"] = {
                "setup": f"/api-proxy/v1/admin/connector-providers/{row['provider_slug']}/setup"
            }
            shown["icon_url"] = None
        return shown

    def schema(self, properties: Row) -> Row:
        """The schema of a configuration, as the example has it or as a whole JSON schema."""
        if self.choices.config_schema == "whole":
            return {"type": "object", "properties": properties, "required": sorted(properties)}
        return properties


class AdminProviders(AdminHandler):
    async def get(self) -> None:
        self.administrator()
        self.known_parameters("limit", "offset")
        rows = await self.service.rows()
        if self.choices.admin_paging == "limit":
            offset = self.number("offset", 0, 0, None)
            rows = rows[offset : offset + self.number("limit", 50, 1, 100)]
        self.answer(200, {"data": [self.shown(row) for row in rows]})


class AdminProvider(AdminHandler):
    async def get(self, slug: str) -> None:
        self.administrator()
        row = await self.service.row(self.slug(slug, "path", "provider_slug"))
        self.answer(200, {"data": self.shown(row)})


class AdminSetup(AdminHandler):
    async def post(self, slug: str) -> None:
        self.administrator()
        slug = self.slug(slug, "path", "provider_slug")
        if self.choices.setup_order == "body_first":
            self.config(("client_id", "client_secret"), ("client_id", "client_secret"))
        await self.service.row(slug)
        config = self.config(("client_id", "client_secret"), ("client_id", "client_secret"))
        row = await self.service.set_up(slug, config)
        self.answer(200, {"data": self.shown(row)})

    async def delete(self, slug: str) -> None:
        self.administrator()
        row = await self.service.reset(self.slug(slug, "path", "provider_slug"))
        self.answer(200, {"data": self.shown(row)})


# Document 002


def platform_providers(choices: Choices) -> ProviderService:
    """The providers of the second API as they are at the start."""
    service = ProviderService(choices)
    for slug in seed.PLATFORM_PROVIDERS:
        row = {
            "provider_slug": slug,
            "display_name": slug.replace("-", " ").title(),
            "setup_complete": False,
            "created_at": LAUNCH,
            "updated_at": LAUNCH,
        }
        service.providers.load(slug, row)
    return service


class PlatformHandler(ProviderHandler):
    """The base of the handlers of the second API."""

    challenge = "ApiKey"

    def prepare(self) -> None:
        super().prepare()
        key = self.request.headers.get("X-API-Key")
        if key is None or key in seed.PLATFORM_KEYS or self.choices.platform_wrong_key == "ignored":
            return
        raise Refusal(int(self.choices.platform_wrong_key), "Invalid API key")

    def required(self, slug: str) -> tuple[str, ...]:
        """The parameters that a provider's configuration must have."""
        return PLATFORM_REQUIRED[self.choices.platform_parameters].get(slug, ())

    def shown(self, row: Row) -> Row:
        """A provider as answers show it."""
        slug = row["provider_slug"]
        shown: Row = {"provider_slug": slug, "display_name": row["display_name"]}
        if self.choices.platform_members == "status":
            shown["status"] = "connected" if row["setup_complete"] else "disconnected"
            shown["requirements"] = list(self.required(slug))
        elif self.choices.platform_members == "nested":
            shown["setup"] = {"complete": row["setup_complete"], "parameters": list(self.required(slug))}
        else:
            shown["setup_complete"] = row["setup_complete"]
            shown["capabilities"] = ["read"]
            shown["requirements"] = [{"name": name, "type": "string"} for name in self.required(slug)]
            shown["updated_at"] = stamp(row["updated_at"], self.choices)
        return shown

    def wrapped(self, body: Any, name: str) -> Any:
        """A body in the chosen envelope. name: the member, where each answer has its own."""
        if self.choices.platform_envelope == "bare":
            return body
        return {"data" if self.choices.platform_envelope == "data" else name: body}


class PlatformProviders(PlatformHandler):
    async def get(self) -> None:
        self.known_parameters()
        rows = [self.shown(row) for row in await self.service.rows()]
        self.answer(200, self.wrapped(rows, "connector_providers"))


class PlatformProvider(PlatformHandler):
    async def get(self, slug: str) -> None:
        row = await self.service.row(self.slug(slug, "path", "provider_slug"))
        self.answer(200, self.wrapped(self.shown(row), "connector_provider"))


class PlatformSetup(PlatformHandler):
    async def post(self, slug: str) -> None:
        await self.service.row(self.slug(slug, "path", "provider_slug"))
        row = await self.service.set_up(slug, self.config(self.required(slug), None))
        self.outcome(row, "set up")

    async def delete(self, slug: str) -> None:
        row = await self.service.reset(self.slug(slug, "path", "provider_slug"))
        self.outcome(row, "reset")

    def outcome(self, row: Row, done: str) -> None:
        """Answer a change: the provider, or only that it succeeded."""
        if self.choices.platform_change_body == "message":
            self.answer(200, {"message": f"Connector provider {done}", "provider_slug": row["provider_slug"]})
        elif self.choices.platform_change_body == "empty":
            self.answer(200)
        else:
            self.answer(200, self.wrapped(self.shown(row), "connector_provider"))
