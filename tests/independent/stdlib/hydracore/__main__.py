"""HydraCore's connections on the standard library."""

from __future__ import annotations

import hmac
import re
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.independent.stdlib.http_server import (
    Application,
    Choices,
    Problem,
    Refusal,
    Reply,
    Request,
)
from tests.independent.stdlib.hydracore import seed
from tests.independent.stdlib.starting import run

Record = dict[str, Any]
CONNECTIONS = "/v1/customers/{customer_id}/connections"
CONNECTION = CONNECTIONS + "/{connection_id}"
FETCH = "/internal/v1/instances/{instance_id}/connections"
AUTH_TYPES = ("oauth2", "api_key", "basic")
LENGTHS = {"name": 255, "provider": 50}
SEEDED_AT = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


class ControlPlane(Application):
    """Connections and grants in memory, guarded by `lock`."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        self.connections: dict[str, Record] = {}
        self.deleted: set[str] = set()
        for entry in seed.CONNECTIONS:
            grants = [{**grant, "granted_at": SEEDED_AT} for grant in entry["grants"]]
            times = {"created_at": SEEDED_AT, "updated_at": SEEDED_AT, "last_used_at": None}
            self.connections[entry["id"]] = {**entry, **times, "metadata_json": None, "grants": grants}
        self.add("GET", CONNECTIONS, self.list_connections)
        self.add("POST", CONNECTIONS, self.create_connection)
        self.add("DELETE", CONNECTION, self.delete_connection)
        self.add("POST", CONNECTION + "/grants", self.create_grant)
        self.add("DELETE", CONNECTION + "/grants/{grant_id}", self.delete_grant)
        self.add("GET", FETCH, self.fetch)

    # ---- replies

    def refusal_body(self, refusal: Refusal) -> Record:
        detail: Any = refusal.message
        if refusal.problems:
            detail = [self.problem_view(problem) for problem in refusal.problems]
        elif self.choices["errors"] == "message":
            return {"message": refusal.message}
        if self.choices["errors"] == "detail_and_code":
            return {"detail": detail, "code": f"E{refusal.status}", "docs": "https://docs.example/errors"}
        return {"detail": detail}

    def problem_view(self, problem: Problem) -> Record:
        view = {"loc": list(problem.place), "msg": problem.message, "type": problem.kind}
        return (
            {**view, "ctx": {}, "url": "https://docs.example/e"}
            if self.choices["problem_members"] == "five"
            else view
        )

    def invalid(self, *problems: Problem) -> Refusal:
        return Refusal(int(self.choices["invalid_status"]), "The request is invalid", problems)

    def time(self, moment: datetime | None) -> str | None:
        if moment is None:
            return None
        style = self.choices["timestamps"]
        if style == "nanoseconds":
            return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "456Z"
        if style == "other_zone":
            return moment.astimezone(timezone(-timedelta(hours=5))).isoformat()
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return text.lower() if style == "lower_case" else text

    def uuid(self, text: str) -> str:
        return text.upper() if self.choices["uuids"] == "upper" else text

    def grant_view(self, connection: Record, grant: Record) -> Record:
        return {
            "id": self.uuid(grant["id"]),
            "connection_id": self.uuid(connection["id"]),
            "instance_id": self.uuid(grant["instance_id"]),
            "capabilities": grant["capabilities"],
            "granted_at": self.time(grant["granted_at"]),
        }

    def connection_view(self, connection: Record) -> Record:
        grants: list[Any] = [self.grant_view(connection, grant) for grant in connection["grants"]]
        if self.choices["grants_shown"] == "ids":
            grants = [grant["id"] for grant in grants]
        error_messages = {"null": None, "empty_text": ""}
        expiries = {"null": None, "in_an_hour": now() + timedelta(hours=1), "past": SEEDED_AT}
        shown: Record = {
            "id": self.uuid(connection["id"]),
            "customer_id": self.uuid(connection["customer_id"]),
            "provider": connection["provider"],
            "name": connection["name"],
            "auth_type": connection["auth_type"],
            "status": self.choices["status_when_created"],
            "scopes": connection["scopes"],
            "grants": grants,
            "error_message": error_messages.get(self.choices["error_message_when_fine"]),
            "expires_at": self.time(expiries[self.choices["expires_at"]]),
            "last_used_at": self.time(connection["last_used_at"]),
            "created_at": self.time(connection["created_at"]),
            "updated_at": self.time(connection["updated_at"]),
        }
        if self.choices["error_message_when_fine"] == "absent":
            del shown["error_message"]
        if connection["scopes"] is None and self.choices["absent_scopes"] == "absent":
            del shown["scopes"]
        return shown

    # ---- who asks, and for what

    def bearer(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def authenticate(self, request: Request) -> Record:
        token, key = self.bearer(request), request.headers.get("x-api-key")
        if token is None and key is None:
            raise Refusal(401, "Not authenticated", WWW_Authenticate="Bearer")
        strict = self.choices["token_and_key"] == "both_must_be_valid"
        if key is not None and key not in seed.API_KEYS and (strict or token is None):
            raise Refusal(int(self.choices["invalid_token"]), "Invalid API key")
        user = seed.TOKENS.get(seed.API_KEYS[key] if token is None and key is not None else token or "")
        if user is None:
            raise Refusal(int(self.choices["invalid_token"]), "Invalid token")
        return user

    def uuid_of(self, request: Request, name: str) -> str:
        try:
            return str(UUID(request.params[name]))
        except ValueError:
            raise self.invalid(
                Problem(("path", name), "Input should be a valid UUID", "uuid_parsing")
            ) from None

    def customer(self, request: Request, user: Record, *, writing: bool = False) -> str:
        """The customer of the path, which the user may read or, if asked, change."""
        customer = self.uuid_of(request, "customer_id")
        if customer not in user["customers"]:
            raise Refusal(404, "Customer not found")
        if writing and not user["writes"]:
            raise Refusal(int(self.choices["viewer_refusal"]), "Not permitted")
        return customer

    def connection(self, request: Request, customer: str) -> Record:
        number = self.uuid_of(request, "connection_id")
        connection = self.connections.get(number)
        if connection is None or connection["customer_id"] != customer:
            if request.method == "DELETE" and number in self.deleted:
                raise Refusal(int(self.choices["repeated_delete"]), "Connection is deleted")
            raise Refusal(404, "Connection not found")
        return connection

    def members(self, request: Request) -> Record:
        """The body, an object."""
        if not request.body:
            raise self.invalid(Problem(("body",), "Field required", "missing"))
        if not request.is_json() and self.choices["media_type"] == "415":
            raise Refusal(415, "Content-Type must be application/json")
        try:
            body = request.json()
        except ValueError:
            raise self.invalid(Problem(("body", 0), "JSON decode error", "json_invalid")) from None
        if not isinstance(body, dict):
            raise self.invalid(Problem(("body",), "Input should be an object", "model_attributes_type"))
        return body

    def text_problem(self, body: Record, name: str) -> Problem | None:
        place = ("body", name)
        if name not in body:
            return Problem(place, "Field required", "missing")
        value = body[name]
        if not isinstance(value, str):
            return Problem(place, "Input should be a valid string", "string_type")
        if len(value) > LENGTHS[name]:
            message = f"String should have at most {LENGTHS[name]} characters"
            return Problem(place, message, "string_too_long")
        if "\0" in value and self.choices["nul_in_texts"] == "refused":
            return Problem(place, "Text may not contain NUL")
        return None

    def connection_values(self, body: Record) -> Record:  # noqa: C901
        """What a body asks for. Raises Refusal for invalid members."""
        problems = [self.text_problem(body, name) for name in LENGTHS]
        credentials, scopes = body.get("credentials"), body.get("scopes")
        auth_type, metadata = body.get("auth_type", "oauth2"), body.get("metadata_json")
        if self.choices["auth_type_case"] == "folded" and isinstance(auth_type, str):
            auth_type = auth_type.lower()
        if "credentials" not in body:
            problems.append(Problem(("body", "credentials"), "Field required", "missing"))
        elif not isinstance(credentials, dict):
            problems.append(Problem(("body", "credentials"), "Input should be an object", "dict_type"))
        elif not credentials and self.choices["empty_credentials"] == "refused":
            problems.append(Problem(("body", "credentials"), "Credentials are empty"))
        if not isinstance(auth_type, str):
            problems.append(Problem(("body", "auth_type"), "Input should be a valid string", "string_type"))
        elif auth_type not in AUTH_TYPES and self.choices["bad_auth_type"] == "refused":
            problems.append(Problem(("body", "auth_type"), f"must be one of {AUTH_TYPES}"))
        if scopes is not None and not isinstance(scopes, list):
            problems.append(Problem(("body", "scopes"), "Input should be a valid list", "list_type"))
        wants_object = self.choices["metadata_json"] == "object_or_null"
        if wants_object and metadata is not None and not isinstance(metadata, dict):
            problems.append(Problem(("body", "metadata_json"), "Input should be an object", "dict_type"))
        present = [problem for problem in problems if problem is not None]
        if present:
            raise self.invalid(*present)
        if scopes is None and self.choices["absent_scopes"] == "provider_defaults":
            scopes = ["default"]
        if scopes and self.choices["scopes_kept"] == "without_repeats":
            scopes = [scope for index, scope in enumerate(scopes) if scope not in scopes[:index]]
        return {
            "provider": body["provider"],
            "name": body["name"],
            "auth_type": auth_type,
            "credentials": credentials,
            "metadata_json": metadata,
            "scopes": scopes,
        }

    # ---- connections

    def list_connections(self, request: Request) -> Reply:
        user = self.authenticate(request)
        customer = self.customer(request, user)
        with self.lock:
            mine = [item for item in self.connections.values() if item["customer_id"] == customer]
        if self.choices["list_order"] == "by_name_descending":
            mine.sort(key=lambda item: item["name"], reverse=True)
        if self.choices["list_order"] == "shuffled_by_id":
            mine.sort(key=lambda item: item["id"][::-1])
        total, facts = len(mine), {}
        if self.choices["list_paging"] == "page":
            page = self.number(request, "page", 1)
            per_page = min(100, self.number(request, "per_page", 20))
            mine = mine[(page - 1) * per_page : page * per_page]
            facts = {"page": page, "per_page": per_page, "total_pages": -(-total // per_page)}
        if self.choices["list_facts"] == "with_more":
            facts = {**facts, "generated_at": self.time(now()), "filters": {}}
        return Reply({"connections": [self.connection_view(item) for item in mine], "total": total, **facts})

    def number(self, request: Request, name: str, default: int) -> int:
        text = request.parameter(name)
        if text is None:
            return default
        if not re.fullmatch(r"[1-9]\d{0,6}", text):
            raise self.invalid(Problem(("query", name), "Input should be greater than 0", "greater_than"))
        return int(text)

    def create_connection(self, request: Request) -> Reply:
        user = self.authenticate(request)
        if self.choices["refusal_order"] == "body_first":
            self.connection_values(self.members(request))
        customer = self.customer(request, user, writing=True)
        values = self.connection_values(self.members(request))
        with self.lock:
            twin = any(
                (item["customer_id"], item["provider"], item["name"])
                == (customer, values["provider"], values["name"])
                for item in self.connections.values()
            )
            if twin and self.choices["same_name"] == "refused_409":
                raise Refusal(409, "A connection of this provider and name exists")
            if twin and self.choices["same_name"] == "refused_422":
                raise self.invalid(Problem(("body", "name"), "The name is taken"))
            moment = now()
            times = {"created_at": moment, "updated_at": moment, "last_used_at": None}
            connection = {"id": str(uuid4()), "customer_id": customer, **values, **times, "grants": []}
            self.connections[connection["id"]] = connection
            headers = {}
            if self.choices["create_location"] == "present":
                headers = {"Location": f"{request.path}/{connection['id']}"}
            return Reply(self.connection_view(connection), int(self.choices["create_status"]), headers)

    def deleted_reply(self) -> Reply:
        return Reply(status=204 if self.choices["delete_reply"] == "204" else 200)

    def later(self, action: Any, *arguments: Any) -> None:
        """Do it now or, where deletions take a moment, after 300 ms."""
        if self.choices["delete_takes_effect"] == "at_once":
            action(*arguments)
            return
        timer = threading.Timer(0.3, action, arguments)
        timer.daemon = True
        timer.start()

    def delete_connection(self, request: Request) -> Reply:
        user = self.authenticate(request)
        customer = self.customer(request, user, writing=True)
        with self.lock:
            connection = self.connection(request, customer)
            self.deleted.add(connection["id"])
            self.later(self.connections.pop, connection["id"], None)
        return self.deleted_reply()

    # ---- grants

    def create_grant(self, request: Request) -> Reply:
        user = self.authenticate(request)
        if self.choices["refusal_order"] == "body_first":
            self.grant_values(self.members(request))
        customer = self.customer(request, user, writing=True)
        if self.choices["refusal_order"] == "connection_first":
            self.connection(request, customer)
        instance_id, capabilities = self.grant_values(self.members(request))
        with self.lock:
            connection = self.connection(request, customer)
            self.check_instance(instance_id, customer)
            grant, created = self.put_grant(connection, instance_id, capabilities)
            if self.choices["grant_touches_connection"] == "yes":
                connection["updated_at"] = now()
            status = int(self.choices["create_status"]) if created else 200
            return Reply(self.grant_view(connection, grant), status)

    def grant_values(self, body: Record) -> tuple[str, list[str]]:
        problems = [
            Problem(("body", name), "Field required", "missing")
            for name in ("instance_id", "capabilities")
            if name not in body
        ]
        instance_id, capabilities = body.get("instance_id"), body.get("capabilities")
        if "instance_id" in body:
            try:
                instance_id = str(UUID(instance_id))
            except (ValueError, TypeError, AttributeError):
                problems.append(
                    Problem(("body", "instance_id"), "Input should be a valid UUID", "uuid_parsing")
                )
        if "capabilities" in body and not isinstance(capabilities, list):
            problems.append(Problem(("body", "capabilities"), "Input should be a valid list", "list_type"))
        elif isinstance(capabilities, list):
            for index, capability in enumerate(capabilities):
                place = ("body", "capabilities", index)
                if not isinstance(capability, str):
                    problems.append(Problem(place, "Input should be a valid string", "string_type"))
                elif (
                    self.choices["capabilities"] == "listed_only"
                    and capability not in seed.KNOWN_CAPABILITIES
                ):
                    problems.append(Problem(place, "Unknown capability"))
            if self.choices["most_capabilities"] == "20" and len(capabilities) > 20:
                problems.append(Problem(("body", "capabilities"), "List should have at most 20 items"))
        if problems:
            raise self.invalid(*problems)
        return str(instance_id), list(capabilities or [])

    def check_instance(self, instance_id: str, customer: str) -> None:
        instance = seed.INSTANCES.get(instance_id)
        if instance is None and self.choices["unknown_instance"] != "accepted":
            raise Refusal(int(self.choices["unknown_instance"]), "Instance not found")
        if instance is not None and instance["customer"] != customer:
            raise Refusal(int(self.choices["foreign_instance"]), "Instance not found")

    def put_grant(self, connection: Record, instance_id: str, capabilities: list[str]) -> tuple[Record, bool]:
        twin = next((grant for grant in connection["grants"] if grant["instance_id"] == instance_id), None)
        if twin is not None and self.choices["second_grant"] != "second":
            earlier = twin["capabilities"] if self.choices["second_grant"] == "merges" else []
            twin["capabilities"] = list(dict.fromkeys([*earlier, *capabilities]))
            return twin, False
        grant = {
            "id": str(uuid4()),
            "instance_id": instance_id,
            "capabilities": capabilities,
            "granted_at": now(),
        }
        connection["grants"].append(grant)
        return grant, True

    def delete_grant(self, request: Request) -> Reply:
        user = self.authenticate(request)
        customer = self.customer(request, user, writing=True)
        with self.lock:
            connection = self.connection(request, customer)
            number = self.uuid_of(request, "grant_id")
            grant = next((item for item in connection["grants"] if item["id"] == number), None)
            if grant is not None:
                self.deleted.add(number)
                self.later(connection["grants"].remove, grant)
                return self.deleted_reply()
        if number in self.deleted:
            status = int(self.choices["repeated_delete"])
            if status == 204:
                return self.deleted_reply()
            raise Refusal(status, "Grant is deleted")
        raise Refusal(404, "Grant not found")

    # ---- the instance's side

    def fetch(self, request: Request) -> Reply:
        key, instance_id = self.bearer(request), self.uuid_of(request, "instance_id")
        instance = seed.INSTANCES.get(instance_id)
        if key is None:
            raise Refusal(401, "Not authenticated", WWW_Authenticate="Bearer")
        if instance is None or not hmac.compare_digest(instance["proxy_key"].encode(), key.encode()):
            raise Refusal(int(self.choices["wrong_proxy_key"]), "Invalid proxy key")
        provider, name = request.parameter("provider"), request.parameter("name")
        capability = request.parameter("capability")
        if provider is None:
            raise self.invalid(Problem(("query", "provider"), "Field required", "missing"))
        if capability == "":
            if self.choices["capability_empty"] == "refused":
                raise self.invalid(Problem(("query", "capability"), "Capability is empty"))
            capability = None
        with self.lock:
            connection, capabilities = self.granted(instance_id, provider, name)
            if capability is not None and capability not in capabilities:
                raise Refusal(403, "The grant does not include this capability")
            if self.choices["fetch_marks_use"] == "yes":
                connection["last_used_at"] = now()
            found = {"credentials": connection["credentials"], "capabilities": capabilities}
            if self.choices["fetch_members"] == "more":
                found |= {"provider": provider, "name": connection["name"], "expires_at": None}
            return Reply(found)

    def granted(self, instance_id: str, provider: str, name: str | None) -> tuple[Record, list[str]]:
        """The connection that an instance may use, with the capabilities of its grants."""
        pairs = []
        for connection in self.connections.values():
            grants = [grant for grant in connection["grants"] if grant["instance_id"] == instance_id]
            same_name = name is None or connection["name"] == name
            if name is not None and self.choices["name_match"] == "case_ignored":
                same_name = connection["name"].casefold() == name.casefold()
            if grants and connection["provider"] == provider and same_name:
                listed = [capability for grant in grants for capability in grant["capabilities"]]
                pairs.append((connection, list(dict.fromkeys(listed))))
        if not pairs:
            raise Refusal(404, "No connection is granted to this instance")
        if len(pairs) > 1 and name is None and self.choices["without_name"] == "422":
            raise self.invalid(Problem(("query", "name"), "Several connections match; send a name"))
        return pairs[0]


if __name__ == "__main__":
    run(Path(__file__).parent, ControlPlane)
