"""The connectors of collections, what they let browse, and their syncs: document 001."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.independent.tornado import seed
from tests.independent.tornado.choices import Choices
from tests.independent.tornado.providers import ProviderService
from tests.independent.tornado.seed import User
from tests.independent.tornado.store import Locks, Row, Table
from tests.independent.tornado.web import ApiHandler, Refusal, invalid, now, stamp

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
LONGEST_KEY = 255
LONGEST_ID = 80
CHUNKS = 4
RECORDS_IN_A_CHUNK = 25
PACES = {"quick": 0.05, "steady": 0.4, "slow": 2.5}
"""Seconds that a sync takes for each chunk."""


class ConnectorService:
    """Connectors, their secrets, their syncs, and the keys that creations came with."""

    def __init__(self, choices: Choices, providers: ProviderService) -> None:
        self.choices = choices
        self.providers = providers
        self.connectors = Table()
        self.secrets = Table()
        self.syncs = Table()
        self.creations = Table()
        self.locks = Locks()
        self.tasks: set[asyncio.Task[None]] = set()
        for each in seed.CONNECTORS:
            row = {
                "id": each["id"],
                "collection_id": each["collection"],
                "provider_slug": each["provider"],
                "principal_id": each["by"].id,
                "scope_config": {},
                "status": "active",
                "created_at": datetime(2024, 4, 2, 8, tzinfo=UTC),
                "updated_at": datetime(2024, 4, 2, 8, tzinfo=UTC),
            }
            self.connectors.load(row["id"], row)
            self.secrets.load(row["id"], {"access_token": "seeded"})

    def new_id(self, prefix: str) -> str:
        """The id of a new row, in the chosen form."""
        if self.choices.ids == "prefixed":
            return f"{prefix}_{secrets.token_hex(10)}"
        if self.choices.ids == "hex":
            return secrets.token_hex(12)
        if self.choices.ids == "sortable":
            return f"{int(now().timestamp() * 1000):012x}{secrets.token_hex(7)}".upper()
        return str(uuid.uuid4())

    async def create(self, collection: str, user: User, wanted: Row) -> Row:
        """A new connector. wanted: what was asked for, in order."""
        moment = now()
        row = {
            "id": self.new_id("con"),
            "collection_id": collection,
            "provider_slug": wanted["provider_slug"],
            "principal_id": user.id,
            "scope_config": wanted.get("scope_config") or {},
            "status": "active",
            "created_at": moment,
            "updated_at": moment,
        }
        await self.secrets.put(row["id"], wanted["credential"])
        await self.connectors.put(row["id"], row)
        return row

    async def delete(self, row: Row) -> None:
        """Delete a connector with all that is its own; a sync that runs ends."""
        async with self.locks.of("connector", row["id"]):
            for sync in await self.syncs.where(collection_connector_id=row["id"]):
                await self.syncs.drop(sync["id"])
            await self.secrets.drop(row["id"])
            await self.connectors.drop(row["id"])

    async def running(self, connector: str) -> Row | None:
        """The sync of a connector that has not ended."""
        for sync in await self.syncs.where(collection_connector_id=connector):
            if sync["completed_at"] is None:
                return sync
        return None

    async def start(self, connector: str) -> Row:
        """A new sync, which runs in the background from now on."""
        row = {
            "id": self.new_id("syn"),
            "collection_connector_id": connector,
            "status": self.choices.first_status,
            "records_fetched": 0,
            "metadata": {},
            "created_at": now(),
            "completed_at": None,
        }
        await self.syncs.put(row["id"], row)
        task = asyncio.create_task(self.work(connector, row["id"]))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return row

    async def work(self, connector: str, sync: str) -> None:
        """Fetch chunk by chunk, until the end or until the sync was ended or deleted."""
        for chunk in range(CHUNKS):
            await asyncio.sleep(PACES[self.choices.pace])
            async with self.locks.of("connector", connector):
                row = await self.syncs.get(sync)
                if row is None or row["completed_at"] is not None:
                    return
                row["status"] = "running"
                row["records_fetched"] += RECORDS_IN_A_CHUNK
                if chunk == CHUNKS - 1:
                    row.update(status=self.choices.last_status, completed_at=now())
                await self.syncs.put(sync, row)

    async def cancel(self, connector: str) -> Row | None:
        """End the sync that runs, if one does."""
        async with self.locks.of("connector", connector):
            row = await self.running(connector)
            if row is not None:
                row.update(status=self.choices.cancelled_status, completed_at=now())
                await self.syncs.put(row["id"], row)
        return row


class CollectionHandler(ApiHandler):
    """The base of the handlers below a collection."""

    service: ConnectorService

    def collection(self, space: str, collection: str, *, writing: bool) -> User:
        """The caller, when they may do this in the collection. Raises Refusal with 401, 403, 404 or 422."""
        user = self.caller(key_suffices=True)
        for name, value in (("space_id", space), ("collection_id", collection)):
            self.identifier(value, name)
        if space not in seed.SPACES and self.choices.unknown_space == "404":
            raise Refusal(404, "Space not found")
        if space not in user.collections:
            raise Refusal(403, "Insufficient permissions for the space")
        if collection not in seed.SPACES[space]:
            raise Refusal(int(self.choices.unknown_collection), "Collection not found")
        if collection not in user.collections[space]:
            raise Refusal(403, "Insufficient permissions for the collection")
        if writing and not user.writes:
            raise Refusal(403, "Insufficient permissions: this needs write access")
        return user

    def identifier(self, text: str, name: str) -> None:
        """Refuse an id that cannot be one, where that was chosen."""
        if self.choices.malformed_id == "422" and not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{LONGEST_ID}}}", text):
            raise invalid("path", name, msg="Invalid identifier", type="value_error", input=text)

    async def connector(self, collection: str, connector: str) -> Row:
        """A connector of the collection. Raises Refusal with 404 or 422."""
        self.identifier(connector, "connector_id")
        row = await self.service.connectors.get(connector)
        if row is None or row["collection_id"] != collection:
            raise Refusal(404, "Connector not found")
        return row

    def shown(self, row: Row) -> Row:
        """A connector as answers show it, without its credential."""
        shown = {
            "id": row["id"],
            "collection_id": row["collection_id"],
            "provider_slug": row["provider_slug"],
            "principal_id": row["principal_id"],
            "scope_config": row["scope_config"],
            "status": row["status"],
            "created_at": stamp(row["created_at"], self.choices),
            "updated_at": stamp(row["updated_at"], self.choices),
        }
        if self.choices.connector_extras == "some":
            shown["schedule"] = None
            shown["credential_status"] = "stored"
            shown["provider"] = {"provider_slug": row["provider_slug"], "auth_type": "oauth2"}
        return shown

    def shown_sync(self, row: Row) -> Row:
        """A sync as answers show it."""
        shown = {
            "id": row["id"],
            "collection_connector_id": row["collection_connector_id"],
            "status": row["status"],
            "records_fetched": row["records_fetched"],
            "metadata": row["metadata"],
            "created_at": stamp(row["created_at"], self.choices),
        }
        if row["completed_at"] is not None:
            shown["completed_at"] = stamp(row["completed_at"], self.choices)
        elif self.choices.open_end == "null":
            shown["completed_at"] = None
        return shown

    def in_order(self, rows: list[Row]) -> list[Row]:
        """Rows, oldest first, in the chosen order."""
        return rows[::-1] if self.choices.order == "newest_first" else rows

    def page(self, rows: list[Row], show: Callable[[Row], Row]) -> None:
        """Answer with the page of rows that the query asks for."""
        limit = self.number("limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT)
        start = self.start_of_page(rows, limit)
        part = rows[start : start + limit]
        more = start + limit < len(rows)
        body: dict[str, Any] = {"data": [show(row) for row in part]}
        headers: dict[str, str] = {}
        if self.choices.paging == "offset":
            body["meta"] = {"total": len(rows), "limit": limit, "offset": start}
        elif self.choices.paging == "page":
            body["pagination"] = {"page": start // limit + 1, "per_page": limit, "total_items": len(rows)}
        elif self.choices.paging == "cursor":
            body["next_cursor"] = self.cursor(part[-1]["id"]) if more else None
        elif self.choices.paging == "has_more":
            body["has_more"] = more
        if self.choices.paging == "link" and more:
            address = f"{self.request.protocol}://{self.request.host}{self.request.path}"
            headers["Link"] = f'<{address}?limit={limit}&offset={start + limit}>; rel="next"'
        self.answer(200, body, **headers)

    def start_of_page(self, rows: list[Row], limit: int) -> int:
        """Where the page starts that the query asks for."""
        if self.choices.paging == "page":
            return (self.number("page", 1, 1, None) - 1) * limit
        if self.choices.paging == "has_more":
            return self.after(rows, self.parameter("starting_after"), "starting_after")
        if self.choices.paging == "cursor":
            cursor = self.parameter("cursor")
            return self.after(rows, None if cursor is None else self.opened(cursor), "cursor")
        return self.number("offset", 0, 0, None)

    def after(self, rows: list[Row], last: str | None, name: str) -> int:
        """The place after a row. Raises Refusal with 422, when the row is not there."""
        if last is None:
            return 0
        for place, row in enumerate(rows):
            if row["id"] == last:
                return place + 1
        raise invalid("query", name, msg="Unknown cursor")

    @staticmethod
    def cursor(last: str) -> str:
        """The cursor of the page after a row."""
        return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")

    @staticmethod
    def opened(cursor: str) -> str:
        """The row that a cursor names. Raises Refusal with 422."""
        try:
            return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        except (ValueError, binascii.Error):
            raise invalid("query", "cursor", msg="Invalid cursor") from None

    def paging_parameters(self) -> tuple[str, ...]:
        return ("limit", "offset", "page", "cursor", "starting_after")


class Body:
    """What is checked of the body of a creation or of an update."""

    def __init__(self, handler: CollectionHandler, body: dict[str, Any]) -> None:
        self.handler = handler
        self.body = body
        self.violations: list[dict[str, Any]] = []

    def wrong(self, *loc: str, msg: str, type: str, **more: Any) -> None:  # noqa: A002
        """Note a violation."""
        self.violations.append({"loc": ["body", *loc], "msg": msg, "type": type, **more})

    def only(self, *names: str) -> None:
        """Note members that are not known, where they are refused."""
        if self.handler.choices.extra_members == "refused":
            for name in self.body:
                if name not in names:
                    self.wrong(name, msg="Extra inputs are not permitted", type="extra_forbidden")

    def provider(self) -> None:
        """The provider's slug, which a creation must have."""
        value = self.body.get("provider_slug")
        if "provider_slug" not in self.body:
            self.wrong("provider_slug", msg="Field required", type="missing")
        elif not isinstance(value, str):
            self.wrong("provider_slug", msg="Input should be a valid string", type="string_type")
        else:
            try:
                self.handler.slug(value, "body", "provider_slug")
            except Refusal as refusal:
                self.violations += refusal.violations or []

    def credential(self, *, required: bool) -> None:
        """The credential: an object of texts that is not empty."""
        value = self.body.get("credential")
        if "credential" not in self.body:
            if required:
                self.wrong("credential", msg="Field required", type="missing")
        elif not isinstance(value, dict):
            self.wrong("credential", msg="Input should be an object", type="dict_type")
        elif not value:
            self.wrong("credential", msg="A credential must not be empty", type="value_error")
        elif self.handler.choices.credential_members == "access_token" and "access_token" not in value:
            self.wrong("credential", "access_token", msg="Field required", type="missing")
        else:
            for name, part in value.items():
                if not isinstance(part, str | int | float | None):
                    self.wrong("credential", name, msg="Input should be a valid string", type="string_type")

    def scope(self) -> None:
        """The scope, which is optional."""
        value = self.body.get("scope_config")
        if value is not None and not isinstance(value, dict):
            self.wrong("scope_config", msg="Input should be an object", type="dict_type")
        elif isinstance(value, dict) and self.handler.choices.folder_ids == "texts":
            folders = value.get("folder_ids", [])
            if not isinstance(folders, list) or not all(isinstance(each, str) for each in folders):
                msg = "Input should be a list of strings"
                self.wrong("scope_config", "folder_ids", msg=msg, type="list_type")

    def status(self) -> None:
        """The status that an update may ask for."""
        value = self.body.get("status")
        if "status" in self.body and value not in ("active", "paused"):
            self.wrong("status", msg="Input should be 'active' or 'paused'", type="enum")

    def checked(self) -> dict[str, Any]:
        """The body. Raises Refusal with 422, when a violation was noted."""
        if self.violations:
            raise Refusal(422, violations=self.violations)
        return self.body


class Connectors(CollectionHandler):
    async def get(self, space: str, collection: str) -> None:
        self.collection(space, collection, writing=False)
        self.known_parameters("provider_slug", "status", *self.paging_parameters())
        rows = await self.service.connectors.where(collection_id=collection)
        for name in ("provider_slug", "status"):
            wanted = self.parameter(name)
            if wanted is not None and self.choices.filters == "equal":
                rows = [row for row in rows if row[name] == wanted]
        self.page(self.in_order(rows), self.shown)

    async def post(self, space: str, collection: str) -> None:
        user = self.collection(space, collection, writing=True)
        key = self.key()
        body = Body(self, self.json_object())
        body.only("provider_slug", "credential", "scope_config")
        body.provider()
        body.credential(required=True)
        body.scope()
        wanted = body.checked()
        scope = collection if self.choices.key_scope == "collection" else "any"
        async with self.service.locks.of("key", user.id, scope, key):
            await self.create(user, collection, (user.id, scope, key), wanted)

    def key(self) -> str:
        """The Idempotency-Key. Raises Refusal with 422 or, where chosen, 400."""
        key = (self.request.headers.get("Idempotency-Key") or "").strip()
        if not key and self.choices.missing_key == "400":
            raise Refusal(400, "The header Idempotency-Key is required")
        name = "Idempotency-Key" if self.choices.header_loc == "as_written" else "idempotency-key"
        if not key:
            raise invalid("header", name, msg="Field required", type="missing")
        if len(key) > LONGEST_KEY:
            msg = f"String should have at most {LONGEST_KEY} characters"
            raise invalid("header", name, msg=msg, type="string_too_long")
        return key

    async def create(self, user: User, collection: str, key: tuple[str, ...], wanted: Row) -> None:
        """Create a connector, or answer a repeated request."""
        fingerprint = hashlib.sha256(json.dumps([collection, wanted], sort_keys=True).encode()).hexdigest()
        earlier = await self.service.creations.get(key)
        if earlier is not None:
            await self.repeat(earlier, fingerprint)
            return
        await self.may_connect(wanted["provider_slug"])
        row = await self.service.create(collection, user, wanted)
        shown = {"data": self.shown(row)}
        record = {"fingerprint": fingerprint, "connector": row["id"], "body": shown}
        await self.service.creations.put(key, record)
        self.answer(201, shown, **self.location(row))

    def location(self, row: Row) -> dict[str, str]:
        """The header with the address of a new connector, where that was chosen."""
        if self.choices.location == "absent":
            return {}
        return {"Location": f"{self.request.path.rstrip('/')}/{row['id']}"}

    async def repeat(self, earlier: Row, fingerprint: str) -> None:
        """Answer a creation whose key was used before."""
        differs = earlier["fingerprint"] != fingerprint
        if differs and self.choices.key_with_other_body == "422":
            raise invalid("header", "Idempotency-Key", msg="The key was used with another body")
        if differs and self.choices.key_with_other_body == "409":
            raise Refusal(409, "The Idempotency-Key was used with another body")
        if self.choices.repeated_key == "409":
            raise Refusal(409, "A connector was created with this Idempotency-Key")
        body = earlier["body"]
        if self.choices.repeat_shows == "present_state":
            row = await self.service.connectors.get(earlier["connector"])
            body = {"data": self.shown(row)} if row else body
        self.answer(int(self.choices.repeated_key), body, Idempotent_Replayed="true")

    async def may_connect(self, slug: str) -> None:
        """Refuse a provider that is unknown or not set up."""
        provider = await self.service.providers.providers.get(slug)
        if provider is None:
            raise invalid("body", "provider_slug", msg="Unknown provider", input=slug)
        if not provider["setup_complete"]:
            if self.choices.unset_provider == "422":
                raise invalid("body", "provider_slug", msg="The provider is not set up", input=slug)
            raise Refusal(409, "The provider is not set up")


class Connector(CollectionHandler):
    async def get(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=False)
        self.answer(200, {"data": self.shown(await self.connector(collection, connector))})

    async def patch(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=True)
        await self.connector(collection, connector)
        body = Body(self, self.json_object())
        body.only("credential", "scope_config", "status")
        if "provider_slug" in body.body and self.choices.provider_change == "refused":
            body.wrong("provider_slug", msg="The provider cannot change", type="frozen_field")
        body.credential(required=False)
        body.scope()
        body.status()
        changes = body.checked()
        if not changes and self.choices.empty_update == "422":
            raise invalid("body", msg="At least one member is required", type="missing")
        async with self.service.locks.of("connector", connector):
            row = await self.connector(collection, connector)
            await self.change(row, changes)
        self.answer(200, {"data": self.shown(row)})

    async def change(self, row: Row, changes: Row) -> None:
        """Change a connector."""
        if "scope_config" in changes:
            scope = changes["scope_config"] or {}
            merged = {**row["scope_config"], **scope}
            row["scope_config"] = merged if self.choices.scope_update == "merged" else scope
        if "status" in changes:
            row["status"] = changes["status"]
        if "credential" in changes:
            await self.service.secrets.put(row["id"], changes["credential"])
        row["updated_at"] = max(now(), row["updated_at"])
        await self.service.connectors.put(row["id"], row)

    async def delete(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=True)
        row = await self.connector(collection, connector)
        await self.service.delete(row)
        if self.choices.deletion == "204":
            self.answer(204)
        elif self.choices.deletion == "200_object":
            self.answer(200, {"data": self.shown(row)})
        else:
            self.answer(200, {"data": {"id": row["id"], "deleted": True}})


class Browse(CollectionHandler):
    async def get(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=False)
        await self.connector(collection, connector)
        self.known_parameters("parent_id", *self.paging_parameters())
        parent = self.parameter("parent_id") or None
        folders = {each["id"] for each in seed.RESOURCES if each["type"] == "folder"}
        if parent is not None and parent not in folders and self.choices.unknown_parent != "empty":
            if self.choices.unknown_parent == "422":
                raise invalid("query", "parent_id", msg="Unknown folder", input=parent)
            raise Refusal(404, "Folder not found")
        self.page([each for each in seed.RESOURCES if each["parent"] == parent], self.resource)

    def resource(self, each: Row) -> Row:
        """A resource as answers show it."""
        shown = {"id": each["id"], "name": each["name"], "type": each["type"]}
        if self.choices.resource_members == "more":
            shown["parent_id"] = each["parent"]
            shown["has_children"] = any(other["parent"] == each["id"] for other in seed.RESOURCES)
        return shown


class Syncs(CollectionHandler):
    async def get(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=False)
        await self.connector(collection, connector)
        self.known_parameters("status", *self.paging_parameters())
        rows = await self.service.syncs.where(collection_connector_id=connector)
        status = self.parameter("status")
        if status is not None and self.choices.filters == "equal":
            rows = [row for row in rows if row["status"] == status]
        self.page(self.in_order(rows), self.shown_sync)

    async def post(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=True)
        async with self.service.locks.of("connector", connector):
            row = await self.connector(collection, connector)
            if row["status"] == "paused" and self.choices.sync_of_paused == "409":
                raise Refusal(409, "The connector is paused")
            sync = await self.service.running(connector)
            if sync is not None and self.choices.second_sync == "409":
                raise Refusal(409, "A sync is running")
            if sync is None or self.choices.second_sync == "another":
                sync = await self.service.start(connector)
        self.answer(202, {"data": self.shown_sync(sync)})


class Sync(CollectionHandler):
    async def get(self, space: str, collection: str, connector: str, sync: str) -> None:
        self.collection(space, collection, writing=False)
        await self.connector(collection, connector)
        self.identifier(sync, "sync_id")
        row = await self.service.syncs.get(sync)
        if row is None or row["collection_connector_id"] != connector:
            raise Refusal(404, "Sync not found")
        self.answer(200, {"data": self.shown_sync(row)})


class Cancel(CollectionHandler):
    async def post(self, space: str, collection: str, connector: str) -> None:
        self.collection(space, collection, writing=True)
        await self.connector(collection, connector)
        row = await self.service.cancel(connector)
        if row is None and self.choices.nothing_to_cancel != "200":
            raise Refusal(int(self.choices.nothing_to_cancel), "No sync is running")
        if self.choices.cancel_answer == "204":
            self.answer(204)
        elif row is None:
            self.answer(200, {"data": None})
        else:
            self.answer(int(self.choices.cancel_answer), {"data": self.shown_sync(row)})
