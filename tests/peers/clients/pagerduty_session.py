"""A session with PagerDuty's own Python library: python pagerduty_session.py BASE_URL."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pagerduty
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


def user(name: str, email: str) -> dict[str, str]:
    """The content of a new user."""
    return {"type": "user", "name": name, "email": email, "role": "user", "time_zone": "America/Lima"}


@step
def create_a_user(s: Any) -> None:
    s.user = s.api.rpost("users", json=user("Ada", "ada@example.org"))
    equal((s.user["name"], s.user["email"], s.user["role"]), ("Ada", "ada@example.org", "user"))
    assert s.user["id"], "no id"


@step
def get_the_user(s: Any) -> None:
    equal(s.api.rget(f"users/{s.user['id']}")["email"], "ada@example.org")


@step
def get_by_its_own_address(s: Any) -> None:
    equal(s.api.rget(s.user["self"])["id"], s.user["id"])


@step
def update_the_user(s: Any) -> None:
    changed = s.api.rput(f"users/{s.user['id']}", json={**s.user, "job_title": "Engineer"})
    equal((changed["id"], changed["job_title"]), (s.user["id"], "Engineer"))
    equal(s.api.rget(f"users/{s.user['id']}")["job_title"], "Engineer")


@step
def page_through_users(s: Any) -> None:
    made = [s.api.rpost("users", json=user(f"U{n}", f"u{n}@example.org"))["id"] for n in range(5)]
    found = [each["id"] for each in s.api.iter_all("users", page_size=2)]
    each_once(found, [s.user["id"], *made])
    equal(s.api.get_total("users"), len(found))


@step
def find_a_user(s: Any) -> None:
    equal(s.api.find("users", "ada@example.org", attribute="email")["id"], s.user["id"])
    equal([each["id"] for each in s.api.list_all("users", params={"query": "Ada"})], [s.user["id"]])


@step
def persist_finds_what_exists(s: Any) -> None:
    found = s.api.persist("users", "email", user("Ada", "ada@example.org"))
    equal(found["id"], s.user["id"])


@step
def create_an_escalation_policy(s: Any) -> None:
    targets = [{"id": s.user["id"], "type": "user_reference"}]
    sent = {
        "type": "escalation_policy",
        "name": "First line",
        "escalation_rules": [{"escalation_delay_in_minutes": 30, "targets": targets}],
    }
    s.policy = s.api.rpost("escalation_policies", json=sent)
    equal(s.policy["name"], "First line")
    rule = s.policy["escalation_rules"][0]
    equal((rule["escalation_delay_in_minutes"], rule["targets"][0]["id"]), (30, s.user["id"]))


@step
def create_a_service(s: Any) -> None:
    sent = {
        "type": "service",
        "name": "Shop",
        "description": "All of it",
        "escalation_policy": {"id": s.policy["id"], "type": "escalation_policy_reference"},
    }
    s.service = s.api.rpost("services", json=sent)
    equal((s.service["name"], s.service["description"]), ("Shop", "All of it"))
    equal(s.service["escalation_policy"]["id"], s.policy["id"])


@step
def integrate_into_the_service(s: Any) -> None:
    sent = {
        "type": "generic_email_inbound_integration",
        "name": "Mail",
        "integration_email": "in@example.org",
    }
    made = s.api.rpost(f"services/{s.service['id']}/integrations", json=sent)
    equal(made["name"], "Mail")
    got = s.api.rget(f"services/{s.service['id']}/integrations/{made['id']}")
    equal((got["id"], got["name"]), (made["id"], "Mail"))


@step
def open_an_incident(s: Any) -> None:
    sent = {
        "type": "incident",
        "title": "It burns",
        "service": {"id": s.service["id"], "type": "service_reference"},
        "urgency": "high",
    }
    s.incident = s.api.rpost("incidents", json=sent)
    equal((s.incident["title"], s.incident["urgency"]), ("It burns", "high"))
    equal((s.incident["status"], s.incident["service"]["id"]), ("triggered", s.service["id"]))


@step
def acknowledge_and_resolve_it(s: Any) -> None:
    path = f"incidents/{s.incident['id']}"
    for status in ("acknowledged", "resolved"):
        changed = s.api.rput(path, json={"type": "incident_reference", "status": status})
        equal(changed["status"], status)
    got = s.api.rget(path)
    equal((got["status"], got["title"]), ("resolved", "It burns"))


@step
def list_incidents_by_status(s: Any) -> None:
    sent = {
        "type": "incident",
        "title": "Again",
        "service": {"id": s.service["id"], "type": "service_reference"},
    }
    again = s.api.rpost("incidents", json=sent)
    found = s.api.list_all("incidents", params={"statuses[]": ["triggered"]})
    assert {each["status"] for each in found} == {"triggered"}, "another status"
    assert again["id"] in [each["id"] for each in found], "the new one is missing"
    by_service = s.api.list_all("incidents", params={"service_ids[]": [s.service["id"]]})
    equal({each["id"] for each in by_service}, {s.incident["id"], again["id"]})


@step
def add_a_note(s: Any) -> None:
    path = f"incidents/{s.incident['id']}/notes"
    made = s.api.rpost(path, json={"content": "On it"})
    equal(made["content"], "On it")
    equal([(each["id"], each["content"]) for each in s.api.rget(path)], [(made["id"], "On it")])


@step
def make_a_team_with_a_member(s: Any) -> None:
    s.team = s.api.rpost("teams", json={"type": "team", "name": "Green", "description": "All"})
    equal((s.team["name"], s.team["description"]), ("Green", "All"))
    s.api.put(f"teams/{s.team['id']}/users/{s.user['id']}", json={"role": "manager"}).raise_for_status()
    members = s.api.list_all(f"teams/{s.team['id']}/members")
    equal([(each["user"]["id"], each["role"]) for each in members], [(s.user["id"], "manager")])


@step
def add_a_contact_method(s: Any) -> None:
    path = f"users/{s.user['id']}/contact_methods"
    made = s.api.rpost(
        path, json={"type": "email_contact_method", "label": "Work", "address": "a@example.org"}
    )
    equal((made["type"], made["label"], made["address"]), ("email_contact_method", "Work", "a@example.org"))
    equal(s.api.rget(f"{path}/{made['id']}")["address"], "a@example.org")
    s.api.rdelete(f"{path}/{made['id']}")
    assert made["id"] not in [each["id"] for each in s.api.rget(path)], "it is still listed"


@step
def tag_the_user(s: Any) -> None:
    tag = s.api.rpost("tags", json={"type": "tag", "label": "Batman"})
    equal(tag["label"], "Batman")
    added = {"add": [{"type": "tag_reference", "id": tag["id"]}]}
    s.api.post(f"users/{s.user['id']}/change_tags", json=added).raise_for_status()
    equal([each["id"] for each in s.api.list_all(f"users/{s.user['id']}/tags")], [tag["id"]])


@step
def plan_maintenance(s: Any) -> None:
    sent = {
        "type": "maintenance_window",
        "start_time": "2030-01-01T20:00:00Z",
        "end_time": "2030-01-01T22:00:00Z",
        "description": "New disks",
        "services": [{"id": s.service["id"], "type": "service_reference"}],
    }
    made = s.api.rpost("maintenance_windows", json=sent)
    equal((made["description"], made["start_time"]), ("New disks", "2030-01-01T20:00:00Z"))
    equal([each["id"] for each in made["services"]], [s.service["id"]])


@step
def a_missing_service_is_a_typed_error(s: Any) -> None:
    error = raises(pagerduty.HttpError, lambda: s.api.rget("services/PMISSING"))
    equal(error.response.status_code, 404)


@step
def an_incident_without_a_title_is_refused(s: Any) -> None:
    sent = {"type": "incident", "service": {"id": s.service["id"], "type": "service_reference"}}
    error = raises(pagerduty.HttpError, lambda: s.api.rpost("incidents", json=sent))
    equal(error.response.status_code, 400)


@step
def delete_the_service(s: Any) -> None:
    s.api.rdelete(f"services/{s.service['id']}")
    error = raises(pagerduty.HttpError, lambda: s.api.rget(f"services/{s.service['id']}"))
    equal(error.response.status_code, 404)
    found = [each["id"] for each in s.api.iter_all("services")]
    assert s.service["id"] not in found, "a deleted service is listed"


class Client(pagerduty.RestApiV2Client):
    """The library's client, which refuses addresses without TLS."""

    @property
    def url(self) -> str:
        """The address of the mock."""
        return base_url()

    @url.setter
    def url(self, url: str) -> None:
        pass


if __name__ == "__main__":
    api = Client("any-token", default_from="ada@example.org")
    step.run(SimpleNamespace(api=api))
