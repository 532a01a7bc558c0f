"""A 3.1 API in camelCase: records two levels deep, everything in `data`, metadata in meta.pagination."""

from __future__ import annotations

import pytest

from mock_server.start_page import curl_lines

EVENT = {"title": "Jazz night", "startsAt": "2031-01-01T20:00:00Z", "capacity": 50}
TICKETS = {"name": "Balcony", "price": {"amount": 1000, "currency": "EUR"}}
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def client(play):
    return play("ticketing")


def made(client, path, body):
    """Create a record from this body and return it."""
    response, answer = client.ask("POST", path, body)
    assert response.status == 201
    return answer["data"]


def test_a_created_event_is_listed_read_and_located(client):
    response, answer = client.ask("POST", "/events", EVENT)
    event = answer["data"]
    assert event.items() >= {**EVENT, "status": "draft"}.items()
    assert response.headers["Location"].endswith(f"/api/v2/events/{event['id']}")
    assert client.ask("GET", f"/events/{event['id']}")[1]["data"] == event
    assert event in client.ask("GET", "/events", query="perPage=50")[1]["data"]


def test_a_write_only_member_is_taken_and_never_shown(client):
    response, answer = client.ask("POST", "/events", {**EVENT, "accessCode": "nightingale"})
    assert b"nightingale" not in response.body
    path = f"/events/{answer['data']['id']}"
    assert b"nightingale" not in client.ask("GET", path)[0].body


def test_patch_keeps_what_put_drops(client):
    event = made(client, "/events", {**EVENT, "ageLimit": 18})
    path = f"/events/{event['id']}"
    patched = client.ask("PATCH", path, {"capacity": 60})[1]["data"]
    assert patched == {**event, "capacity": 60, "updatedAt": patched["updatedAt"]}
    replaced = client.ask("PUT", path, {**EVENT, "title": "Blues night"})[1]["data"]
    assert "ageLimit" not in replaced
    assert (replaced["capacity"], replaced["createdAt"]) == (50, event["createdAt"])


def test_pagination_metadata_may_be_two_objects_deep(client):
    _, page = client.ask("GET", "/events", query="page=2&perPage=2")
    expected = {"page": 2, "perPage": 2, "totalItems": 5, "totalPages": 3, "hasNext": True}
    assert page["meta"] == {"pagination": expected}
    assert len(page["data"]) == 2


def test_events_come_in_the_order_the_parameter_has_by_default(client):
    starts = [record["startsAt"] for record in client.ask("GET", "/events")[1]["data"]]
    assert starts == sorted(starts)
    falling = [
        record["startsAt"] for record in client.ask("GET", "/events", query="sort=-startsAt")[1]["data"]
    ]
    assert falling == starts[::-1]


def test_a_bound_in_a_parameters_name_filters(client):
    event = made(client, "/events", {**EVENT, "startsAt": "2031-01-01T20:00:00+02:00"})
    _, later = client.ask("GET", "/events", query="startsAfter=2031-01-01T17:59:59Z")
    assert [record["id"] for record in later["data"]] == [event["id"]]
    _, none = client.ask("GET", "/events", query="startsAfter=2031-01-01T18:00:00Z")
    assert none["data"] == []


def test_a_search_looks_at_values_in_either_case(client):
    event = made(client, "/events", EVENT)
    assert client.ask("GET", "/events", query="q=JAZZ")[1]["data"] == [event]
    assert client.ask("GET", "/events", query="q=capacity")[1]["data"] == []


def test_a_record_two_levels_deep_belongs_to_both_above_it(client):
    event = made(client, "/events", EVENT)
    types = f"/events/{event['id']}/ticketTypes"
    kind = made(client, types, TICKETS)
    assert (kind["eventId"], kind["perOrderLimit"]) == (event["id"], 10)
    holds = f"{types}/{kind['id']}/holds"
    hold = made(client, holds, {"quantity": 2, "email": "a@example.org"})
    assert hold["ticketTypeId"] == kind["id"]
    assert client.ask("GET", f"{holds}/{hold['id']}")[1]["data"] == hold
    assert client.ask("GET", holds, query="email=b@example.org")[1]["data"] == []
    elsewhere = f"/events/{NOBODY}/ticketTypes/{kind['id']}/holds/{hold['id']}"
    assert client.ask("GET", elsewhere)[0].status == 404


def test_children_are_deleted_with_their_record_and_ids_are_not_reused(client):
    event = made(client, "/events", EVENT)
    types = f"/events/{event['id']}/ticketTypes"
    kind = made(client, types, TICKETS)
    hold = made(client, f"{types}/{kind['id']}/holds", {"quantity": 1, "email": "a@example.org"})
    assert client.ask("DELETE", f"{types}/{kind['id']}")[0].status == 204
    assert client.ask("GET", f"{types}/{kind['id']}/holds/{hold['id']}")[0].status == 404
    assert made(client, types, TICKETS)["id"] != kind["id"]
    assert client.ask("DELETE", f"/events/{event['id']}")[0].status == 204
    assert client.ask("GET", f"/events/{event['id']}")[0].status == 404
    assert client.ask("GET", types)[0].status == 404


def test_a_verb_moves_an_order_and_the_list_finds_it_there(client):
    payment = {"method": "sepa", "iban": "DE" + "1" * 20}
    lines = [{"ticketTypeId": 1, "quantity": 2}]
    order = made(client, "/orders", {"eventId": NOBODY, "lines": lines, "payment": payment})
    assert order["state"] == "pending"
    path = f"/orders/{order['id']}"
    assert client.ask("POST", f"{path}/cancel")[1]["data"] == {**order, "state": "cancelled"}
    _, cancelled = client.ask("GET", "/orders", query="state=cancelled,refunded&perPage=50")
    assert order["id"] in [record["id"] for record in cancelled["data"]]
    assert {record["state"] for record in cancelled["data"]} <= {"cancelled", "refunded"}


def test_a_verb_sets_the_timestamp_of_its_state(client):
    event = made(client, "/events", EVENT)
    published = client.ask("POST", f"/events/{event['id']}/publish")[1]["data"]
    assert published["status"] == "published"
    # The time of change is later than that of the creation, be it by a millisecond.
    assert event["createdAt"] <= published["publishedAt"] <= published["updatedAt"]


def test_the_start_page_has_lines_to_paste_with_a_credential_that_is_accepted(play):
    lines = curl_lines(play("ticketing").engine, "http://127.0.0.1:4010")
    assert lines[0] == "curl -s http://127.0.0.1:4010/api/v2/venues -H 'Authorization: Bearer any-token'"


def test_the_start_page_has_a_placeholder_for_configured_credentials(play):
    lines = curl_lines(play("ticketing", credentials=("mine",)).engine, "http://127.0.0.1:4010")
    assert lines[0] == 'curl -s http://127.0.0.1:4010/api/v2/venues -H "Authorization: Bearer $CREDENTIAL"'


def test_errors_name_each_field_and_its_issue(client):
    response, body = client.ask("POST", "/venues", {"name": "", "country": "de"})
    assert (response.status, body["code"]) == (400, "INVALID_REQUEST")
    assert [record["field"] for record in body["details"]] == ["name", "country"]
    assert "at least 1 character" in body["details"][0]["issue"]


def test_an_error_without_violations_lists_none(client):
    body = client.ask("GET", f"/events/{NOBODY}/ticketTypes/1")[1]
    assert body == {"code": "NOT_FOUND", "message": f"Event {NOBODY} not found", "details": []}
    path = f"/events/{made(client, '/events', EVENT)['id']}/ticketTypes/999"
    assert client.ask("GET", path)[1]["message"] == "Ticket type 999 not found"
