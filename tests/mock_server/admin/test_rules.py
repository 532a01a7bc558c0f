"""Faults and overrides are added, shown with what they have seen, and taken away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_server.admin.conftest import AIMABLE, Admin

FAULTS, OVERRIDES = "/worlds/mine/faults", "/worlds/mine/overrides"
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "latency", "fixed_ms": 0},
    {"kind": "latency", "uniform_ms": [3, 1]},
    {"kind": "latency", "lognormal": {"median_ms": 300, "sigma": 0.6, "cap_ms": 3000}},
    {"kind": "status", "code": 404},
    {"kind": "rate_limit", "limit": 5, "window_seconds": 60},
    {"kind": "rate_limit", "retry_after": 1},
    {"kind": "unavailable", "retry_after": 30},
    {"kind": "reset"},
    {"kind": "truncate"},
    {"kind": "truncate", "bytes": 3},
    {"kind": "truncate", "fraction": 0.5},
    {"kind": "slow_body", "bytes_per_second": 64},
    {"kind": "invalid_json"},
    {"kind": "html_page", "status": 504},
    {"kind": "missing_member"},
    {"kind": "null_member", "pointer": "/data/0/name"},
    {"kind": "wrong_type"},
    {"kind": "extra_member"},
    {"kind": "unknown_enum"},
    {"kind": "wrong_status", "status": 203},
    {"kind": "wrong_content_type", "content_type": "text/csv"},
]


@pytest.mark.parametrize("rule", EVERY_KIND, ids=lambda rule: "-".join(map(str, rule)))
def test_every_kind_of_fault_can_be_added_and_sent_back_as_shown(admin: Admin, rule: dict[str, Any]) -> None:
    made = admin("POST", FAULTS, {**rule, "when": {"every": 2}})
    assert made.status == 201
    assert {**made.body, **rule} == made.body
    again = admin("POST", FAULTS, {**made.body, "id": "again"})
    assert again.body == {**made.body, "id": "again"}


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "gremlin"},
        {"kind": "latency"},
        {"kind": "latency", "fixed_ms": 1, "uniform_ms": [1, 2]},
        {"kind": "rate_limit", "limit": 1, "retry_after": 1},
        {"kind": "truncate", "bytes": 1, "fraction": 0.5},
        {"kind": "status"},
        {"kind": "reset", "when": {"never": True}},
        {"kind": "reset", "id": "no id"},
    ],
)
def test_what_is_no_rule_is_refused(admin: Admin, rule: dict[str, Any]) -> None:
    assert admin("POST", FAULTS, rule).status == 422


def test_a_rule_that_can_never_strike_is_a_conflict_that_says_what_could(admin: Admin) -> None:
    when = {"contract": "aimable", "operation": "listConnectorProviders"}
    refused = admin("POST", FAULTS, {"kind": "status", "code": 418, "when": when})
    assert refused.status == 409
    assert "403" in refused.detail
    assert admin("POST", FAULTS, {"kind": "reset", "when": {"operation": "nothing"}}).status == 409


def test_a_rule_strikes_in_its_world_and_counts(admin: Admin) -> None:
    when = {"operation": "aimable.listConnectorProviders", "calls": [2]}
    admin("POST", FAULTS, {"id": "second", "kind": "unavailable", "when": when})
    statuses = [admin.client("mine", "GET", PROVIDERS, **AIMABLE).status for _ in range(3)]
    assert statuses == [200, 503, 200]
    assert admin.client("default", "GET", PROVIDERS, **AIMABLE).status == 200
    assert admin("GET", f"{FAULTS}/second").body["seen"] == {"calls": 3, "hits": 1}


def test_rules_are_listed_in_order_and_deleted_one_by_one(admin: Admin) -> None:
    for name in ("b", "a"):
        admin("POST", FAULTS, {"id": name, "kind": "reset"})
    assert [one["id"] for one in admin("GET", FAULTS).body["items"]] == ["b", "a"]
    assert admin("POST", FAULTS, {"id": "a", "kind": "reset"}).status == 409
    assert admin("DELETE", f"{FAULTS}/b").status == 204
    assert admin("GET", f"{FAULTS}/b").status == 404
    assert admin("DELETE", f"{FAULTS}/b").status == 404
    assert admin("GET", FAULTS).body["total"] == 1


def test_an_override_answers_the_next_requests_and_is_used_up(admin: Admin) -> None:
    options = {"operation": "aimable.listConnectorProviders", "code": 403, "times": 2}
    made = admin("POST", OVERRIDES, options)
    assert (made.status, made.body) == (201, {"id": "override-1", **options, "left": 2})
    assert admin.client("mine", "GET", PROVIDERS, **AIMABLE).status == 403
    assert admin("GET", f"{OVERRIDES}/override-1").body["left"] == 1
    statuses = [admin.client("mine", "GET", PROVIDERS, **AIMABLE).status for _ in range(2)]
    assert statuses == [403, 200]
    assert admin("GET", OVERRIDES).body == {"items": [], "total": 0}


def test_an_impossible_override_is_a_conflict_that_says_what_is_possible(admin: Admin) -> None:
    refused = admin("POST", OVERRIDES, {"operation": "aimable.listConnectorProviders", "code": 418})
    assert refused.status == 409
    assert "documented" in refused.detail
    assert admin("POST", OVERRIDES, {"operation": "aimable.listConnectorProviders"}).status == 422
    assert admin("POST", OVERRIDES, {"wait": 61}).status == 422


def test_overrides_are_deleted_one_by_one(admin: Admin) -> None:
    made = admin("POST", OVERRIDES, {"wait": 0}).body
    assert admin("POST", OVERRIDES, made).status == 409
    assert admin("DELETE", f"{OVERRIDES}/{made['id']}").status == 204
    assert admin("GET", f"{OVERRIDES}/{made['id']}").status == 404
    assert admin("DELETE", f"{OVERRIDES}/{made['id']}").status == 404


def test_a_world_that_is_not_there_has_no_rules(admin: Admin) -> None:
    for part, body in (("faults", {"kind": "reset"}), ("overrides", {"wait": 0})):
        assert admin("GET", f"/worlds/nobody/{part}").status == 404
        assert admin("POST", f"/worlds/nobody/{part}", body).status == 404
        assert admin("GET", f"/worlds/nobody/{part}/x").status == 404
        assert admin("DELETE", f"/worlds/nobody/{part}/x").status == 404
