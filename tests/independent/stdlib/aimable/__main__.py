"""The Aimable platform on the standard library, under `/api-proxy`."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.independent.stdlib.aimable import seed
from tests.independent.stdlib.http_server import (
    Application,
    Choices,
    Problem,
    Refusal,
    Reply,
    Request,
)
from tests.independent.stdlib.starting import run

Record = dict[str, Any]
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
CONNECTORS = "/api-proxy/v1/spaces/{space_id}/collections/{collection_id}/connectors"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SEEDED_AT = datetime(2023, 10, 1, 12, tzinfo=UTC)
SYNC_SECONDS = 0.6
KNOWN_CREDENTIALS = {"access_token", "refresh_token", "api_key", "token"}
OPEN, CANCELLING = "running", "cancelling"


def now() -> datetime:
    return datetime.now(UTC)


def invalid(place: tuple[str | int, ...], message: str, kind: str = "value_error") -> Refusal:
    return Refusal(422, "The request is invalid", [Problem(place, message, kind)])


class Platform(Application):
    """Providers, connectors and syncs in memory, guarded by `lock`."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        self.numbers = itertools.count(70001)
        self.providers = {
            entry["slug"]: {**entry, "created_at": SEEDED_AT, "updated_at": SEEDED_AT}
            for entry in seed.PROVIDERS
        }
        self.connectors: dict[str, Record] = {}
        self.replies: dict[tuple[str, ...], Record] = {}
        for entry in seed.CONNECTORS:
            times = {"created_at": SEEDED_AT, "updated_at": SEEDED_AT}
            self.connectors[entry["id"]] = {**entry, **times, "deleted_at": None, "syncs": []}
        self.add("GET", PROVIDERS, self.list_providers)
        self.add("GET", PROVIDERS + "/{provider_slug}", self.read_provider)
        self.add("POST", PROVIDERS + "/{provider_slug}/setup", self.set_up)
        self.add("DELETE", PROVIDERS + "/{provider_slug}/setup", self.reset)
        self.add("GET", CONNECTORS, self.list_connectors)
        self.add("POST", CONNECTORS, self.create_connector)
        self.add("GET", CONNECTORS + "/{connector_id}", self.read_connector)
        self.add("PATCH", CONNECTORS + "/{connector_id}", self.update_connector)
        self.add("DELETE", CONNECTORS + "/{connector_id}", self.delete_connector)
        self.add("GET", CONNECTORS + "/{connector_id}/browse", self.browse)
        self.add("POST", CONNECTORS + "/{connector_id}/sync/cancel", self.cancel)
        self.add("GET", CONNECTORS + "/{connector_id}/sync", self.list_syncs)
        self.add("POST", CONNECTORS + "/{connector_id}/sync", self.trigger)
        self.add("GET", CONNECTORS + "/{connector_id}/sync/{sync_id}", self.read_sync)

    # ---- replies

    def refusal_body(self, refusal: Refusal) -> Record:
        detail: Any = refusal.message
        if refusal.problems:
            detail = [
                {"loc": list(problem.place), "msg": problem.message, "type": problem.kind}
                for problem in refusal.problems
            ]
        if self.choices["errors"] == "detail_with_trace":
            return {"detail": detail, "trace_id": secrets.token_hex(8), "timestamp": self.time(now())}
        if self.choices["errors"] == "error_member" and not refusal.problems:
            return {"error": {"code": refusal.status, "message": refusal.message}}
        return {"detail": detail}

    def time(self, moment: datetime) -> str:
        style = self.choices["timestamps"]
        if style == "nanoseconds":
            return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
        if style == "other_zone":
            return moment.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="seconds")
        text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return text.lower() if style == "lower_case" else text

    def new_id(self) -> str:
        if self.choices["ids"] == "numeric_text":
            return str(next(self.numbers))
        if self.choices["ids"] == "dashed_base36":
            letters = "0123456789abcdefghijklmnopqrstuvwxyz"
            parts = ["".join(secrets.choice(letters) for _ in range(length)) for length in (8, 4, 4, 11)]
            return "-".join(parts)
        return str(uuid4())

    def provider_view(self, provider: Record) -> Record:
        is_set_up = provider["credentials"] is not None
        scopes = [{"name": name, "description": text} for name, text in provider["scopes"]]
        if self.choices["scope_members"] == "more":
            scopes = [{**scope, "sensitive": False} for scope in scopes]
        if not is_set_up and self.choices["scopes_of_unset"] == "empty":
            scopes = []
        fields: Record = {"client_id": {"type": "string"}, "client_secret": {"type": "string"}}
        if self.choices["config_schema"] == "draft_2020":
            fields = {"type": "object", "properties": fields, "required": list(fields)}
        if is_set_up and self.choices["config_schema"] == "empty_when_set":
            fields = {}
        number = provider["id"]
        return {
            "id": number.upper() if self.choices["provider_ids"] == "upper" else number,
            "provider_slug": provider["slug"],
            "display_name": provider["name"],
            "auth_type": "oauth2",
            "execution_strategy": "server-side",
            "default_scopes": scopes,
            "config_schema": fields,
            "setup_complete": is_set_up,
            "created_at": self.time(provider["created_at"]),
            "updated_at": self.time(provider["updated_at"]),
        }

    def connector_view(self, connector: Record) -> Record:
        scope = connector["scope_config"]
        if self.choices["scope_config_shown"] == "with_defaults":
            scope = {"include_archived": False, **scope}
        user = seed.USERS[connector["principal"]]
        principals = {"short": user["id"], "mail_address": user["mail"], "number": user["id"][4:]}
        return {
            "id": connector["id"],
            "collection_id": connector["collection_id"],
            "provider_slug": connector["provider_slug"],
            "principal_id": principals[self.choices["principal_ids"]],
            "scope_config": scope,
            "status": connector.get("status", self.choices["connector_status"]),
            "created_at": self.time(connector["created_at"]),
            "updated_at": self.time(connector["updated_at"]),
        }

    def sync_view(self, sync: Record) -> Record:
        shown = {
            "id": sync["id"],
            "collection_connector_id": sync["connector_id"],
            "status": sync["status"],
            "records_fetched": sync["records"],
            "metadata": {"attempt": 1, "trigger": "manual"}
            if self.choices["sync_metadata"] == "filled"
            else {},
            "created_at": self.time(sync["created_at"]),
        }
        if sync["status"] == OPEN and self.choices["sync_counts"] == "while_running":
            shown["records_fetched"] = int((now() - sync["created_at"]).total_seconds() * 40)
        hidden = sync["status"] == "cancelled" and self.choices["cancelled_completed_at"] == "null"
        if sync["completed_at"] is not None and not hidden:
            shown["completed_at"] = self.time(sync["completed_at"])
        elif hidden:
            shown["completed_at"] = None
        return shown

    # ---- who asks, and for what

    def authenticate(self, request: Request) -> tuple[str, Record]:
        """The token of the caller and its user. Raises Refusal 401."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme and self.choices["bearer_word"] == "any_case":
            scheme = scheme.capitalize()
        is_admin_path = request.path.lower().startswith(PROVIDERS)
        if not scheme and not is_admin_path:
            token = seed.API_KEYS.get(request.headers.get("x-api-key", ""), "")
            scheme = "Bearer" if token else ""
        user = seed.USERS.get(token) if scheme == "Bearer" else None
        if user is None:
            challenge = {"WWW_Authenticate": "Bearer"}
            if self.choices["unauthenticated_challenge"] == "absent":
                challenge = {}
            raise Refusal(401, "Missing or invalid access token", **challenge)
        return token, user

    def check_query(self, request: Request, known: tuple[str, ...] = ()) -> None:
        if self.choices["unknown_query"] == "ignored":
            return
        unknown = [name for name, _ in request.query if name not in known]
        if unknown:
            raise invalid(("query", unknown[0]), "Extra inputs are not permitted", "extra_forbidden")

    def administer(self, request: Request) -> None:
        _, user = self.authenticate(request)
        if not user["admin"]:
            raise Refusal(403, "Admin privileges required")

    def provider(self, request: Request) -> Record:
        slug = request.params["provider_slug"]
        if self.choices["slug_case"] == "folded":
            slug = slug.lower()
        if not SLUG.fullmatch(slug):
            raise invalid(("path", "provider_slug"), "Invalid provider slug")
        provider = self.providers.get(slug)
        if provider is None:
            raise Refusal(404, "Connector provider not found")
        return provider

    def enter(self, request: Request, *, writing: bool = False) -> str:
        """The token of a caller who may read, or write, the collection of the path."""
        token, user = self.authenticate(request)
        space, collection = request.params["space_id"], request.params["collection_id"]
        role = user["spaces"].get(space)
        if space not in seed.SPACES:
            raise Refusal(404, "Space not found")
        if role is None or (writing and role != "write"):
            raise Refusal(403, "Insufficient permissions for the space or collection")
        if seed.COLLECTIONS.get(collection) != space:
            raise Refusal(404, "Collection not found")
        return token

    def connector(self, request: Request, *, deleted_too: bool = False) -> Record:
        connector = self.connectors.get(request.params["connector_id"])
        if connector is not None and connector["collection_id"] != request.params["collection_id"]:
            if self.choices["foreign_connector"] == "403":
                raise Refusal(403, "Insufficient permissions for the connector")
            connector = None
        if connector is None or (self.is_gone(connector) and not deleted_too):
            raise Refusal(404, "Connector not found")
        return connector

    def is_gone(self, connector: Record) -> bool:
        lag = 0.3 if self.choices["delete_takes_effect"] == "after_300_ms" else 0
        deleted_at = connector["deleted_at"]
        return deleted_at is not None and now() >= deleted_at + timedelta(seconds=lag)

    def members(self, request: Request) -> Record:
        """The body, an object. Raises Refusal 422."""
        if not request.body:
            raise invalid(("body",), "Field required", "missing")
        if not request.is_json():
            raise invalid(("body",), "Input should be a valid dictionary", "model_attributes_type")
        try:
            body = request.json()
        except ValueError:
            raise invalid(("body", 0), "JSON decode error", "json_invalid") from None
        if not isinstance(body, dict):
            raise invalid(("body",), "Input should be an object", "model_attributes_type")
        return body

    def page(self, request: Request, items: list[Record], member: str) -> Reply:
        """A part of a list, in the envelope with that member; `bare` has none."""
        style = self.choices["page_style"]
        given = {"cursor": "cursor", "page_token": "page_token", "start": "start"}[style]
        self.check_query(request, ("limit", given, "status", "provider_slug"))
        limit = self.number(request.parameter("limit"), "limit", 20)
        if limit > 100:
            message = "Input should be less than or equal to 100"
            raise invalid(("query", "limit"), message, "less_than_equal")
        if limit < 1:
            if self.choices["zero_limit"] == "refused":
                raise invalid(("query", "limit"), "Input should be greater than 0", "greater_than")
            limit = 20
        start = self.number(request.parameter(given), given, 0)
        part = items[start : start + limit]
        following = start + limit if start + limit < len(items) else None
        if member == "bare":
            link = f'<{request.path}?limit={limit}&{given}={following}>; rel="next"'
            return Reply(part, headers={"Link": link} if following else {})
        token = None if following is None else str(following)
        facts = {
            "cursor": {"meta": {"next_cursor": token, "has_more": following is not None}},
            "page_token": {"next_page_token": token},
            "start": {"start": start, "limit": limit, "size": len(part), "total": len(items)},
        }
        return Reply({member: part, **facts[style]})

    def number(self, text: str | None, name: str, default: int) -> int:
        if text is None:
            return default
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise invalid(("query", name), "Input should be a valid integer", "int_parsing")
        return int(text)

    # ---- providers

    def list_providers(self, request: Request) -> Reply:
        self.administer(request)
        self.check_query(request, ("limit",))
        with self.lock:
            shown = [self.provider_view(provider) for provider in self.providers.values()]
        if self.choices["providers_paging"] == "limit":
            shown = shown[: max(1, self.number(request.parameter("limit"), "limit", 100))]
        extra: Record = {}
        if self.choices["providers_list"] == "data_meta":
            extra = {"meta": {"count": len(shown)}}
        if self.choices["providers_list"] == "data_links":
            extra = {"links": {"self": request.path}}
        return Reply({"data": shown, **extra})

    def read_provider(self, request: Request) -> Reply:
        self.administer(request)
        with self.lock:
            return Reply({"data": self.provider_view(self.provider(request))})

    def set_up(self, request: Request) -> Reply:
        self.administer(request)
        with self.lock:
            provider = self.provider(request)
            body = self.members(request)
            problems = []
            for name in ("client_id", "client_secret"):
                if name not in body:
                    problems.append(Problem(("body", name), "Field required", "missing"))
                elif not isinstance(body[name], str):
                    problems.append(Problem(("body", name), "Input should be a valid string", "string_type"))
                elif self.choices["client_id_form"] != "any" and not body[name].strip().isascii():
                    problems.append(Problem(("body", name), "Input should be ASCII"))
            if problems:
                raise Refusal(422, "The request is invalid", problems)
            named = {name: body[name] for name in ("client_id", "client_secret")}
            provider["credentials"] = body if self.choices["setup_members"] == "all_sent" else named
            provider["updated_at"] = now()
            return Reply({"data": self.provider_view(provider)})

    def reset(self, request: Request) -> Reply:
        self.administer(request)
        with self.lock:
            provider = self.provider(request)
            provider["credentials"] = None
            provider["updated_at"] = now()
            return Reply({"data": self.provider_view(provider)})

    # ---- connectors

    def list_connectors(self, request: Request) -> Reply:
        self.enter(request)
        with self.lock:
            shown = [
                self.connector_view(connector)
                for connector in self.connectors.values()
                if connector["collection_id"] == request.params["collection_id"]
                and not self.is_gone(connector)
            ]
        wanted = request.parameter("provider_slug")
        shown = [item for item in shown if wanted in (None, item["provider_slug"])]
        return self.page(request, shown, self.choices["connector_list"])

    def read_connector(self, request: Request) -> Reply:
        self.enter(request)
        with self.lock:
            return Reply({"data": self.connector_view(self.connector(request))})

    def create_connector(self, request: Request) -> Reply:
        token = self.enter(request, writing=True)
        key = request.headers.get("idempotency-key", "").strip()
        if not key:
            problem = Problem(("header", "Idempotency-Key"), "Field required", "missing")
            raise Refusal(int(self.choices["missing_key"]), "Idempotency-Key is required", [problem])
        if len(key) > 128 and self.choices["key_length"] == "up_to_128":
            raise invalid(("header", "Idempotency-Key"), "String should have at most 128 characters")
        scope = (key,)
        if self.choices["key_scope"] == "principal_and_collection":
            scope = (token, request.params["collection_id"], key)
        with self.lock:
            earlier = self.replies.get(scope)
            if earlier is not None:
                return self.repeat(earlier, request)
            try:
                connector = self.make_connector(request, token)
            except Refusal as refusal:
                if self.choices["key_after_refusal"] == "used":
                    self.replies[scope] = {"body": request.body, "refusal": refusal}
                raise
            shown = {"data": self.connector_view(connector)}
            self.replies[scope] = {"body": request.body, "shown": shown, "id": connector["id"]}
            return Reply(shown, 201)

    def repeat(self, earlier: Record, request: Request) -> Reply:
        """Answer a request whose key came before."""
        same = self.canonical(earlier["body"]) == self.canonical(request.body)
        if not same and self.choices["key_with_other_body"] == "422":
            raise invalid(("header", "Idempotency-Key"), "The key was used with another body")
        if "refusal" in earlier:
            raise earlier["refusal"]
        shown = earlier["shown"]
        connector = self.connectors[earlier["id"]]
        if self.choices["replay_shows"] == "present_state":
            shown = {"data": self.connector_view(connector)}
        marked = self.choices["replay_header"] == "present"
        return Reply(shown, 201, {"Idempotent-Replayed": "true"} if marked else {})

    @staticmethod
    def canonical(body: bytes) -> str:
        try:
            return json.dumps(json.loads(body), sort_keys=True)
        except ValueError:
            return body.decode("utf-8", "replace")

    def make_connector(self, request: Request, token: str) -> Record:  # noqa: C901, PLR0912
        body = self.members(request)
        slug, credential = body.get("provider_slug"), body.get("credential")
        problems = []
        if "provider_slug" not in body:
            problems.append(Problem(("body", "provider_slug"), "Field required", "missing"))
        elif not isinstance(slug, str):
            problems.append(
                Problem(("body", "provider_slug"), "Input should be a valid string", "string_type")
            )
        elif not SLUG.fullmatch(slug):
            problems.append(Problem(("body", "provider_slug"), "Invalid provider slug"))
        if "credential" not in body:
            problems.append(Problem(("body", "credential"), "Field required", "missing"))
        elif not isinstance(credential, dict):
            problems.append(Problem(("body", "credential"), "Input should be an object", "dict_type"))
        elif self.choices["credential_form"] != "any" and not KNOWN_CREDENTIALS.intersection(credential):
            problems.append(Problem(("body", "credential"), "No known member"))
        scope = body.get("scope_config")
        if scope is not None and not isinstance(scope, dict):
            problems.append(Problem(("body", "scope_config"), "Input should be an object", "dict_type"))
        if problems:
            raise Refusal(422, "The request is invalid", problems)
        if slug not in self.providers:
            raise invalid(("body", "provider_slug"), "Unknown provider")
        if self.providers[str(slug)]["credentials"] is None:
            raise Refusal(409, "The provider is not set up")
        moment = now()
        values = {"credential": credential, "scope_config": scope or {}, "updated_at": moment}
        if self.choices["same_provider_again"] == "updates_first":
            natural = (request.params["collection_id"], slug, token)
            for connector in self.connectors.values():
                key = (connector["collection_id"], connector["provider_slug"], connector["principal"])
                if key == natural and connector["deleted_at"] is None:
                    connector.update(values)
                    return connector
        connector = {
            "id": self.new_id(),
            "collection_id": request.params["collection_id"],
            "provider_slug": slug,
            "principal": token,
            "created_at": moment,
            "deleted_at": None,
            "syncs": [],
            **values,
        }
        self.connectors[connector["id"]] = connector
        return connector

    def update_connector(self, request: Request) -> Reply:
        self.enter(request, writing=True)
        with self.lock:
            connector = self.connector(request)
            body = self.members(request)
            changes = {
                name: body[name] for name in ("credential", "scope_config") if body.get(name) is not None
            }
            for name, value in changes.items():
                if not isinstance(value, dict):
                    raise invalid(("body", name), "Input should be an object", "dict_type")
            if "status" in body and self.choices["patch_status"] == "honoured":
                if not isinstance(body["status"], str) or not body["status"]:
                    raise invalid(("body", "status"), "Input should be a valid string", "string_type")
                changes["status"] = body["status"]
            if not body and self.choices["empty_patch"] == "refused":
                raise invalid(("body",), "Nothing to update")
            changed = any(connector.get(name) != value for name, value in changes.items())
            connector.update(changes)
            if changed or self.choices["patch_updated_at"] == "always":
                connector["updated_at"] = now()
            if self.choices["patch_reply"] == "empty_204":
                return Reply(status=204)
            status = 202 if self.choices["patch_reply"] == "accepted_202" else 200
            return Reply({"data": self.connector_view(connector)}, status)

    def delete_connector(self, request: Request) -> Reply:
        self.enter(request, writing=True)
        with self.lock:
            connector = self.connector(request)
            connector["deleted_at"] = connector["deleted_at"] or now()
            for sync in connector["syncs"]:
                self.finish(sync, "cancelled")
        return Reply(status=204)

    def browse(self, request: Request) -> Reply:
        self.enter(request)
        self.check_query(request, ("parent_id", "limit"))
        with self.lock:
            self.connector(request)
        style = self.choices["browse_reply"]
        if style == "unreachable":
            raise Refusal(502, "The external service does not answer")
        items = seed.RESOURCES.get(request.parameter("parent_id") or "", [])
        if style == "tree":
            return Reply(
                {"items": [{**item, "children": seed.RESOURCES.get(item["id"], [])} for item in items]}
            )
        return Reply(items if style == "bare" else {"data": items})

    # ---- syncs

    def trigger(self, request: Request) -> Reply:
        self.enter(request, writing=True)
        with self.lock:
            connector = self.connector(request)
            running = any(sync["completed_at"] is None for sync in connector["syncs"])
            if running and self.choices["second_sync"] != "parallel":
                headers = {"Retry_After": "1"} if self.choices["second_sync"] == "429" else {}
                raise Refusal(int(self.choices["second_sync"]), "A sync is running", **headers)
            sync = {
                "id": self.new_id(),
                "connector_id": connector["id"],
                "status": OPEN,
                "records": 0,
                "created_at": now(),
                "completed_at": None,
            }
            connector["syncs"].insert(0, sync)
            self.later(SYNC_SECONDS, sync, "completed")
            location = {"Location": f"{request.path}/{sync['id']}"}
            present = self.choices["sync_location"] == "present"
            return Reply({"data": self.sync_view(sync)}, 202, location if present else {})

    def later(self, seconds: float, sync: Record, status: str) -> None:
        timer = threading.Timer(seconds, self.finish, [sync, status])
        timer.daemon = True
        timer.start()

    def finish(self, sync: Record, status: str) -> None:
        with self.lock:
            if sync["completed_at"] is not None or (sync["status"] == CANCELLING and status == "completed"):
                return
            sync["status"] = status
            sync["completed_at"] = now()
            if status == "completed":
                sync["records"] = 24

    def list_syncs(self, request: Request) -> Reply:
        self.enter(request)
        readable = self.choices["syncs_of_deleted"] == "readable"
        with self.lock:
            connector = self.connector(request, deleted_too=readable)
            shown = [self.sync_view(sync) for sync in connector["syncs"]]
        wanted = request.parameter("status")
        shown = [item for item in shown if wanted in (None, item["status"])]
        return self.page(request, shown, self.choices["sync_list"])

    def read_sync(self, request: Request) -> Reply:
        self.enter(request)
        readable = self.choices["syncs_of_deleted"] == "readable"
        with self.lock:
            for sync in self.connector(request, deleted_too=readable)["syncs"]:
                if sync["id"] == request.params["sync_id"]:
                    return Reply({"data": self.sync_view(sync)})
        raise Refusal(404, "Sync not found")

    def cancel(self, request: Request) -> Reply:
        self.enter(request, writing=True)
        with self.lock:
            connector = self.connector(request)
            running = [sync for sync in connector["syncs"] if sync["completed_at"] is None]
            if not running:
                raise Refusal(409, "No sync is running")
            for sync in running:
                if self.choices["cancelling"] == "at_once":
                    self.finish(sync, "cancelled")
                else:
                    sync["status"] = CANCELLING
                    self.later(0.25, sync, "cancelled")
            return Reply({"data": self.sync_view(running[0])})


if __name__ == "__main__":
    run(Path(__file__).parent, Platform)
