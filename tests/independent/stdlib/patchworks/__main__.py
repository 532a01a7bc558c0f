"""Patchworks' connectors on the standard library."""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

from tests.independent.stdlib.http_server import (
    NO_BODY,
    Application,
    Choices,
    Problem,
    Refusal,
    Reply,
    Request,
)
from tests.independent.stdlib.patchworks import seed
from tests.independent.stdlib.starting import run

Record = dict[str, Any]
CONNECTORS = "/api/v1/connectors"
CONNECTOR = CONNECTORS + "/{connector}"
SEEDED_AT = datetime(2024, 9, 1, 8, tzinfo=UTC)
UNITS = ("second", "minute", "hour", "day")
RELATIONS = ("authenticationImplementation", "variables", "certificate")
OF_IMPLEMENTATION = (
    "authenticationType",
    "system",
    "system.logo",
    "system.systemType",
    "endpoints",
    "endpoints.filters",
    "endpoints.endpointSchema",
    "endpoints.system",
    "endpoints.system.logo",
    "endpoints.entityType",
    "endpoints.fieldTags",
    "endpoints.variables",
)
INCLUDES = {
    *RELATIONS,
    *(f"{name}_count" for name in RELATIONS),
    *(f"{name}Exists" for name in RELATIONS),
    *(f"authenticationImplementation.{path}" for path in OF_IMPLEMENTATION),
    "certificate.user",
}
LAZY = {"authenticationType", "system", "logo", "systemType", "endpoints", "filters", "endpointSchema"} | {
    "entityType",
    "fieldTags",
    "variables",
    "user",
    "company",
}
REQUIRED = {
    "name": "string",
    "authentication_implementation_id": "string",
    "timezone": "string",
    "date_format": "string",
    "rate_limit_unit": "unit",
    "rate_limit_duration": "integer",
}
ON_STORE = {"session_id": "string", "platform_app_key": "string", "certificate_id": "string"}
ON_UPDATE = {"type": "string"}
NULLABLE = {"connection_pool_id", "session_id", "certificate_id"}
TEXTS_OF_VARIABLE = ("id", "key", "value", "label")


def now() -> datetime:
    return datetime.now(UTC)


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), name)


class Core(Application):
    """Connectors in memory, guarded by `lock`."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        self.numbers = itertools.count(5001)
        self.connectors: dict[str, Record] = {}
        self.destroyed: set[str] = set()
        for entry in seed.CONNECTORS:
            defaults = {
                "timezone": "UTC",
                "date_format": "Y-m-d",
                "rate_limit_unit": "minute",
                "rate_limit_duration": 60,
                "type": None,
                "connection_pool_id": None,
                "platform_app_key": None,
                "created_at": SEEDED_AT,
                "updated_at": SEEDED_AT,
            }
            variables = [{"id": f"v{entry['id']}{item['key']}", **item} for item in entry["variables"]]
            self.connectors[entry["id"]] = {**defaults, **entry, "variables": variables}
        self.add("GET", CONNECTORS, self.index)
        self.add("POST", CONNECTORS, self.store)
        self.add("GET", CONNECTOR, self.show)
        self.add("PUT", CONNECTOR, self.update)
        if choices["patch_too"] == "yes":
            self.add("PATCH", CONNECTOR, self.update)
        self.add("DELETE", CONNECTOR, self.destroy)
        self.add("POST", CONNECTOR + "/test", self.test)

    # ---- replies

    def refusal_body(self, refusal: Refusal) -> Any:
        if self.choices["errors"] == "nothing" and not refusal.problems:
            return NO_BODY
        errors: dict[str, list[str]] = {}
        for problem in refusal.problems:
            errors.setdefault(".".join(map(str, problem.place)), []).append(problem.message)
        if self.choices["errors"] == "code_text":
            return {"code": refusal.status, "text": refusal.message, "fields": errors}
        return {"message": refusal.message, "errors": errors} if errors else {"message": refusal.message}

    def invalid(self, problems: list[Problem]) -> Refusal:
        return Refusal(422, "The given data was invalid.", problems)

    def new_id(self) -> str:
        number = next(self.numbers)
        if self.choices["identifiers"] == "hash":
            return hashlib.sha256(str(number).encode()).hexdigest()[:10]
        return str(number)

    def shown_ids(self, connector: Record) -> Record:
        number = connector["id"]
        if self.choices["identifiers"] in ("number", "number_and_uuid"):
            shown: Record = {"id": int(number)}
            if self.choices["identifiers"] == "number_and_uuid":
                shown["uuid"] = self.uuid_of(number)
            return shown
        return {"id": number}

    @staticmethod
    def uuid_of(number: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"connectors/{number}"))

    def times(self, connector: Record) -> Record:
        style = self.choices["timestamps"]
        if style == "absent":
            return {}
        shown: Record = {}
        for name in ("created_at", "updated_at"):
            moment = connector[name]
            if style == "unix_ms":
                shown[name] = int(moment.timestamp() * 1000)
            elif style == "with_zone_object":
                shown[name] = {"date": moment.strftime("%Y-%m-%d %H:%M:%S.%f"), "timezone": "UTC"}
            else:
                shown[name] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return shown

    def connector_view(self, connector: Record, includes: set[str], *, summary: bool = False) -> Record:
        members: Record = {
            name: connector[name]
            for name in (
                *REQUIRED,
                "type",
                "connection_pool_id",
                "session_id",
                "certificate_id",
                "canonical_key",
            )
        }
        if self.choices["durations_shown"] == "text":
            members["rate_limit_duration"] = str(members["rate_limit_duration"])
        if self.choices["implementation_id_shown"] == "number":
            number = members["authentication_implementation_id"]
            members["authentication_implementation_id"] = int(number) if number.isdigit() else number
        if self.choices["implementation_id_shown"] == "within_relation":
            number = members.pop("authentication_implementation_id")
            members["authentication_implementation_ref"] = {"id": number}
        if self.choices["nulls"] == "left_out":
            members = {name: value for name, value in members.items() if value is not None}
        if self.choices["nulls"] == "empty_text":
            members = {name: "" if value is None else value for name, value in members.items()}
        members |= self.times(connector)
        if summary:
            members = {"name": connector["name"]}
        related = self.related(connector, includes)
        ids = self.shown_ids(connector)
        if self.choices["relations_in"] == "item":
            members |= related
        place = {"relations_member": "relations", "included_member": "included"}.get(
            self.choices["relations_in"]
        )
        outside = {place: related} if place and related else {}
        if self.choices["item_shape"] == "attributes":
            return {**ids, "type": "connectors", "attributes": members, **outside}
        return {**ids, **members, **outside}

    def related(self, connector: Record, includes: set[str]) -> Record:
        implementation = seed.IMPLEMENTATIONS.get(connector["authentication_implementation_id"])
        targets: Record = {
            "authenticationImplementation": implementation,
            "variables": self.variables_view(connector),
            "certificate": seed.CERTIFICATES.get(connector["certificate_id"] or ""),
        }
        shown: Record = {}
        for name, target in targets.items():
            count = len(connector["variables"]) if name == "variables" else int(target is not None)
            if f"{name}_count" in includes:
                shown[self.count_name(name)] = count
            if f"{name}Exists" in includes:
                shown[f"{name}Exists"] = (
                    bool(count) if self.choices["exists_as"] == "boolean" else int(count > 0)
                )
            paths = [path.partition(".")[2] for path in includes if path.split(".")[0] == name]
            if not paths:
                continue
            if target is None and self.choices["relation_without_target"] == "absent":
                continue
            if name == "variables":
                shown[name] = target
                continue
            empty = {} if self.choices["relation_without_target"] == "empty_object" else None
            shown[name] = self.expanded(empty if target is None else target, [path for path in paths if path])
        return shown

    def count_name(self, name: str) -> str:
        names = {"as_requested": f"{name}_count", "snake": f"{snake(name)}_count", "camel": f"{name}Count"}
        return names[self.choices["counts_named"]]

    def expanded(self, target: Any, paths: list[str]) -> Any:
        """A related record with those of its own relations that were asked for."""
        if isinstance(target, list):
            return [self.expanded(item, paths) for item in target]
        if not isinstance(target, dict):
            return target
        shown = {name: value for name, value in target.items() if name not in LAZY}
        for head in {path.split(".")[0] for path in paths}:
            below = [path.partition(".")[2] for path in paths if path.split(".")[0] == head]
            shown[head] = self.expanded(target.get(head), [path for path in below if path])
        return shown

    def variables_view(self, connector: Record) -> Any:
        shown = []
        for variable in connector["variables"]:
            value = variable.get("value")
            if variable.get("secret") and value is not None and self.choices["secrets_shown"] != "plain":
                digest = hashlib.sha256(str(value).encode()).hexdigest()
                value = "******" if self.choices["secrets_shown"] == "masked" else f"sha256:{digest}"
            shown.append({**variable, "value": value})
        if self.choices["variables_shown"] == "by_key":
            return {str(variable.get("key")): variable for variable in shown}
        return shown

    # ---- who asks

    def authenticate(self, request: Request) -> Record:
        given = request.headers.get("authorization", "").strip()
        scheme, _, token = given.partition(" ")
        raw = not token
        if raw:
            token = given
        accepted = {"bearer": not raw, "raw_token": raw, "bearer_or_raw": True}[self.choices["scheme"]]
        user = seed.USERS.get(token) if accepted and (raw or scheme.lower() == "bearer") else None
        if user is None:
            raise Refusal(int(self.choices["missing_credential"]), "Unauthenticated.")
        return user

    def permit_writing(self, user: Record) -> None:
        if not user["writes"]:
            raise Refusal(int(self.choices["viewer_refusal"]), "This action is unauthorized.")

    def find(self, request: Request, user: Record) -> Record:
        number = request.params["connector"]
        if self.choices["identifiers"] == "number_and_uuid":
            number = next((known for known in self.connectors if self.uuid_of(known) == number), number)
        connector = self.connectors.get(number)
        if connector is None or connector["company"] != user["company"]:
            gone = request.method == "DELETE" and number in self.destroyed
            raise Refusal(int(self.choices["repeated_destroy"]) if gone else 404, "Connector not found.")
        return connector

    # ---- reading requests

    def members(self, request: Request) -> Record:
        is_form = "x-www-form-urlencoded" in request.headers.get("content-type", "")
        if is_form and self.choices["form_bodies"] == "read":
            return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if request.body and not request.is_json():
            raise Refusal(415, "The body must be application/json.")
        try:
            body = request.json() if request.body else {}
        except ValueError:
            status = int(self.choices["malformed_json"])
            problems = [Problem(("body",), "The body is not valid JSON.")]
            raise Refusal(status, "The body is not valid JSON.", problems) from None
        if not isinstance(body, dict):
            raise self.invalid([Problem(("body",), "The body must be an object.")])
        return body

    def values(  # noqa: C901
        self, body: Record, user: Record, *, storing: bool, own_id: str = ""
    ) -> Record:
        """The valid members of a body. Raises Refusal."""
        rules = {**REQUIRED, **(ON_STORE if storing else ON_UPDATE), "connection_pool_id": "integer"}
        problems: list[Problem] = []
        values: Record = {}
        for name, rule in rules.items():
            value = body.get(name)
            if name in body and not (value is None and name in NULLABLE):
                message = self.problem_of(name, rule, value)
                if message:
                    problems.append(Problem((name,), message))
                values[name] = value
            elif name in body:
                values[name] = None
            elif storing and name in REQUIRED:
                problems.append(Problem((name,), f"The {name.replace('_', ' ')} field is required."))
        unknown = body.keys() - rules.keys() - {"variables"}
        if unknown and self.choices["unknown_members"] == "refused":
            problems += [Problem((name,), "Unknown field.") for name in sorted(unknown)]
        if body.get("variables") is not None:
            values["variables"] = self.variables(body["variables"], problems)
        if self.choices["names_unique"] == "per_company":
            for other in self.connectors.values():
                mine = other["company"] == user["company"] and other["id"] != own_id
                if mine and other["name"] == values.get("name"):
                    problems.append(Problem(("name",), "The name has already been taken."))
        if problems:
            raise self.invalid(problems)
        return values

    def problem_of(self, name: str, rule: str, value: Any) -> str | None:  # noqa: PLR0911
        label = name.replace("_", " ")
        if rule == "integer":
            return self.integer_problem(name, label, value)
        if not isinstance(value, str):
            return f"The {label} field must be a string."
        if name in REQUIRED and not value:
            return f"The {label} field is required."
        known = {
            "authentication_implementation_id": value in seed.IMPLEMENTATIONS,
            "certificate_id": value in seed.CERTIFICATES,
            "rate_limit_unit": value in UNITS,
        }
        if not known.get(name, True):
            return f"The selected {label} is invalid."
        longest = {"255": 255, "100": 100}.get(self.choices["name_length"])
        if name == "name" and longest is not None and len(value) > longest:
            return f"The {label} field must not be greater than {longest} characters."
        php = re.compile(r"[a-zA-Z\\ :/.,\-]+")
        if (
            name == "date_format"
            and self.choices["date_formats"] == "php_letters"
            and not php.fullmatch(value)
        ):
            return f"The {label} field format is invalid."
        return None

    def integer_problem(self, name: str, label: str, value: Any) -> str | None:
        if type(value) is not int:
            return f"The {label} field must be an integer."
        if name == "connection_pool_id":
            missing = self.choices["pool_must_exist"] == "yes" and value not in seed.POOLS
            return f"The selected {label} is invalid." if missing else None
        lowest = None if self.choices["duration_range"] == "any_integer" else 1
        highest = 1000 if self.choices["duration_range"] == "up_to_1000" else None
        if lowest is not None and value < lowest:
            return f"The {label} field must be at least {lowest}."
        if highest is not None and value > highest:
            return f"The {label} field must not be greater than {highest}."
        return None

    def variables(self, sent: Any, problems: list[Problem]) -> list[Record]:
        if not isinstance(sent, list):
            problems.append(Problem(("variables",), "The variables field must be an array."))
            return []
        read = []
        needs = {"key": ("key",), "key_and_label": ("key", "label"), "nothing": ()}[
            self.choices["variable_needs"]
        ]
        for index, item in enumerate(sent):
            if not isinstance(item, dict):
                problems.append(Problem(("variables", index), "The variable must be an object."))
                continue
            problems += [
                Problem(("variables", index, name), "The field must be a string.")
                for name in TEXTS_OF_VARIABLE
                if item.get(name) is not None and not isinstance(item[name], str)
            ]
            problems += [
                Problem(("variables", index, name), f"The {name} field is required.")
                for name in needs
                if not item.get(name)
            ]
            read.append(item)
        return read

    def set_variables(self, connector: Record, sent: list[Record]) -> None:
        """Replace the variables; those that are known by id or key keep what is not sent."""
        earlier = {variable["id"]: variable for variable in connector["variables"]}
        by_key = {variable.get("key"): variable for variable in connector["variables"]}
        result = []
        for item in sent:
            base = earlier.get(item.get("id")) or by_key.get(item.get("key")) or {"id": self.new_id()}
            texts = {name: item.get(name) for name in ("key", "value", "label") if name in item}
            flags = {name: bool(item[name]) for name in ("secret", "locked") if name in item}
            pivot = {"pivot": item["pivot"]} if isinstance(item.get("pivot"), dict) else {}
            result.append({"key": None, "value": None, "label": None, **base, **texts, **flags, **pivot})
        connector["variables"] = result

    # ---- queries

    def includes(self, request: Request) -> set[str]:
        values = [value for name, value in request.query if name in ("include", "include[]")]
        wanted = {name.strip() for value in values for name in value.split(",") if name.strip()}
        if self.choices["include_spelling"] == "case_ignored":
            spelled = {name.lower(): name for name in INCLUDES}
            wanted = {spelled.get(name.lower(), name) for name in wanted}
        unknown = sorted(wanted - INCLUDES)
        if unknown and self.choices["unknown_include"] != "ignored":
            message = f"Requested include(s) {', '.join(unknown)} are not allowed."
            problems = [Problem(("include",), message)]
            raise Refusal(int(self.choices["unknown_include"]), message, problems)
        return wanted & INCLUDES

    def matches(self, connector: Record, request: Request) -> bool:
        system = seed.IMPLEMENTATIONS[connector["authentication_implementation_id"]]["system"]
        compared = {
            "canonical_key": [connector.get("canonical_key")],
            "forSystemTemplate": [str(system["system_template_id"])],
            "system_template_id": [str(system["system_template_id"])],
            "system": [str(system["id"]), system["name"]],
            "forSession": [connector["session_id"]],
            "platformSession": [connector["session_id"]],
        }
        for parameter, value in request.query:
            match = re.fullmatch(r"filter\[(\w+)\]", parameter)
            if match is None or match[1] not in compared:
                continue
            if not value and self.choices["empty_filter"] == "ignored":
                continue
            wanted = value.split(",") if self.choices["filter_values"] == "comma_means_or" else [value]
            if not set(wanted).intersection(compared[match[1]]):
                return False
        return True

    def ordered(self, rows: list[Record], request: Request) -> list[Record]:
        sort = (request.parameter("sort") or "").split(",")[0]
        if sort.lstrip("-") == "name":
            return sorted(rows, key=self.sort_key, reverse=sort.startswith("-"))
        if self.choices["default_order"] == "updated_last_first":
            return sorted(rows, key=lambda row: row["updated_at"], reverse=True)
        if self.choices["default_order"] == "by_hash":
            return sorted(rows, key=lambda row: hashlib.sha256(row["id"].encode()).digest())
        return rows

    def sort_key(self, row: Record) -> Any:
        if self.choices["sort_compares"] == "folded":
            return row["name"].casefold()
        if self.choices["sort_compares"] == "natural_numbers":
            parts = re.split(r"(\d+)", row["name"])
            return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]
        return row["name"]

    def number(self, request: Request, name: str, default: int, highest: int) -> int:
        text = request.parameter(name)
        if text is None:
            return default
        number = int(text) if re.fullmatch(r"\d{1,9}", text) else 0
        if 1 <= number <= highest:
            return number
        if self.choices["page_out_of_range"] == "corrected":
            return highest if number > highest else default
        message = f"The {name} field must be between 1 and {highest}."
        raise Refusal(int(self.choices["page_out_of_range"]), message, [Problem((name,), message)])

    # ---- operations

    def index(self, request: Request) -> Reply:
        user = self.authenticate(request)
        includes = self.includes(request)
        usual = self.choices["per_page_default"]
        per_page = self.number(request, "per_page", 100_000 if usual == "all" else int(usual), 100)
        page = self.number(request, "page", 1, 10**9)
        with self.lock:
            rows = [row for row in self.connectors.values() if row["company"] == user["company"]]
            rows = self.ordered([row for row in rows if self.matches(row, request)], request)
            total, last = len(rows), max(1, -(-len(rows) // per_page))
            if page > last and self.choices["page_beyond"] == "404":
                raise Refusal(404, "Page not found.")
            if page > last and self.choices["page_beyond"] == "last_page":
                page = last
            rows = rows[(page - 1) * per_page : page * per_page]
            summary = self.choices["list_items"] == "summary"
            shown = [self.connector_view(row, includes, summary=summary) for row in rows]
        facts = {"current_page": page, "last_page": last, "per_page": per_page, "total": total}
        envelopes: dict[str, Record] = {
            "data_meta": {
                "data": shown,
                "meta": facts,
                "links": {"next": None if page >= last else page + 1},
            },
            "data_pagination": {"data": shown, "pagination": {"page": page, "pages": last, "total": total}},
            "connectors": {"connectors": shown, "total": total},
            "results_count": {"count": total, "results": shown, "page": page},
        }
        return Reply(envelopes[self.choices["list_envelope"]])

    def show(self, request: Request) -> Reply:
        user = self.authenticate(request)
        includes = self.includes(request)
        with self.lock:
            return Reply({"data": self.connector_view(self.find(request, user), includes)})

    def store(self, request: Request) -> Reply:
        user = self.authenticate(request)
        if self.choices["refusal_order"] != "role_last":
            self.permit_writing(user)
        body = self.members(request)
        with self.lock:
            values = self.values(body, user, storing=True)
            self.permit_writing(user)
            moment = now()
            variables = values.pop("variables", [])
            absent = dict.fromkeys([*NULLABLE, "type", "canonical_key", "platform_app_key"])
            number = self.new_id()
            times = {"created_at": moment, "updated_at": moment}
            connector = {
                **absent,
                **values,
                **times,
                "id": number,
                "company": user["company"],
                "variables": [],
            }
            self.set_variables(connector, variables)
            self.connectors[number] = connector
            if self.choices["create_reply"] == "id_only":
                return Reply({"data": self.shown_ids(connector)})
            return Reply({"data": self.connector_view(connector, set())})

    def update(self, request: Request) -> Reply:
        user = self.authenticate(request)
        if self.choices["refusal_order"] == "body_first":
            self.members(request)
        with self.lock:
            connector = self.find(request, user)
            if self.choices["refusal_order"] != "role_last":
                self.permit_writing(user)
            body = self.members(request)
            if not body and self.choices["empty_update"] == "refused":
                raise self.invalid([Problem(("body",), "Nothing to update.")])
            values = self.values(body, user, storing=False, own_id=connector["id"])
            self.permit_writing(user)
            if "variables" in values:
                self.set_variables(connector, values.pop("variables"))
            connector.update(values)
            connector["updated_at"] = now()
            replies: dict[str, Record] = {
                "connector": {"data": self.connector_view(connector, set())},
                "message": {"message": "Connector updated."},
                "empty_object": {},
            }
            return Reply(replies[self.choices["update_reply"]])

    def destroy(self, request: Request) -> Reply:
        user = self.authenticate(request)
        with self.lock:
            try:
                connector = self.find(request, user)
            except Refusal as refusal:
                if refusal.status == 200:
                    return Reply({"message": "Connector deleted."})
                raise
            self.permit_writing(user)
            self.destroyed.add(connector["id"])
            if self.choices["destroy_takes_effect"] == "at_once":
                del self.connectors[connector["id"]]
            else:
                self.destroy_later(connector["id"])
        extra = {"id": connector["id"]} if self.choices["destroy_reply"] == "message_and_id" else {}
        return Reply({"message": "Connector deleted.", **extra})

    def destroy_later(self, number: str) -> None:
        timer = threading.Timer(
            timedelta(milliseconds=300).total_seconds(), self.connectors.pop, [number, None]
        )
        timer.daemon = True
        timer.start()

    def test(self, request: Request) -> Reply:
        user = self.authenticate(request)
        with self.lock:
            self.find(request, user)
        if self.choices["test_reply"] == "unreachable":
            raise Refusal(502, "The system does not answer.")
        return Reply(None if self.choices["test_reply"] == "json_null" else NO_BODY)


if __name__ == "__main__":
    run(Path(__file__).parent, Core)
