"""Written records can be read, for specs without a behaviour file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mock_server.state import dump_state

SPECS = Path(__file__).parent / "specs"
BASIC = {"authorization": "Basic dXNlcjpnb29k"}


def test_a_created_record_shows_in_the_list_and_under_its_id(play):
    client = play("clinic")
    response, owner = client.ask("POST", "/owners", {"lastName": "Lovelace", "password": "enigmatic"})
    assert response.status == 201
    assert response.headers["Location"].endswith(f"/owners/{owner['id']}")
    _, listed = client.ask("GET", "/owners", query="limit=100")
    assert owner in listed
    assert client.ask("GET", f"/owners/{owner['id']}")[1] == owner


def test_a_write_only_member_is_never_shown(play):
    client = play("clinic")
    response, owner = client.ask("POST", "/owners", {"lastName": "Lovelace", "password": "enigmatic"})
    assert b"enigmatic" not in response.body
    assert b"enigmatic" not in client.ask("GET", f"/owners/{owner['id']}")[0].body


def test_a_nested_record_belongs_to_its_parent_alone(play):
    client = play("clinic")
    _, (first, second, *_) = client.ask("GET", "/owners")
    _, pet = client.ask("POST", f"/owners/{first['id']}/pets", {"name": "Ajax", "kind": "cat"})
    assert pet["ownerId"] == first["id"]
    assert client.ask("GET", f"/owners/{first['id']}/pets/{pet['id']}")[1] == pet
    assert client.ask("GET", f"/owners/{second['id']}/pets/{pet['id']}")[0].status == 404


def test_a_record_is_deleted_with_its_children_and_its_id_is_not_reused(play):
    client = play("clinic")
    _, owner = client.ask("POST", "/owners", {"lastName": "Lovelace"})
    pets = f"/owners/{owner['id']}/pets"
    _, first = client.ask("POST", pets, {"name": "Ajax", "kind": "cat"})
    assert client.ask("DELETE", f"{pets}/{first['id']}")[0].status == 204
    assert client.ask("GET", f"{pets}/{first['id']}")[0].status == 404
    assert client.ask("POST", pets, {"name": "Ajax", "kind": "cat"})[1]["id"] != first["id"]
    assert client.ask("DELETE", f"/owners/{owner['id']}")[0].status == 204
    assert client.ask("GET", pets)[0].status == 404


def test_patch_changes_what_is_sent_and_put_replaces_the_rest(play):
    client = play("clinic")
    _, owner = client.ask("POST", "/owners", {"lastName": "Lovelace", "city": "London"})
    path = f"/owners/{owner['id']}"
    _, replaced = client.ask("PUT", path, {"lastName": "Byron"})
    assert "city" not in replaced
    assert (replaced["id"], replaced["createdAt"]) == (owner["id"], owner["createdAt"])
    _, pet = client.ask("POST", f"{path}/pets", {"name": "Ajax", "kind": "cat", "weight": 3})
    _, changed = client.ask("PATCH", f"{path}/pets/{pet['id']}", {"name": "Hector"})
    assert changed == {**pet, "name": "Hector"}


def test_a_verb_on_a_record_moves_it_to_the_state_of_that_name(play):
    client = play("clinic")
    _, owner = client.ask("POST", "/owners", {"lastName": "Lovelace"})
    _, pet = client.ask("POST", f"/owners/{owner['id']}/pets", {"name": "Ajax", "kind": "cat"})
    assert pet["status"] == "available"
    path = f"/owners/{owner['id']}/pets/{pet['id']}"
    assert client.ask("POST", f"{path}/adopt")[1]["status"] == "adopted"
    assert client.ask("GET", path)[1]["status"] == "adopted"


def test_a_verb_on_a_missing_record_is_refused(play):
    response, body = play("library").ask(
        "POST", "/books/978-0000000000/loan", {"reader": "a@b.c"}, query="api_key=k"
    )
    assert (response.status, body["detail"]) == (404, "Book 978-0000000000 not found")


def test_records_of_a_discriminated_kind_keep_their_members_in_the_declared_envelope(play):
    client = play("vehicles")
    sent = {"kind": "truck", "plate": "ZZ-9999", "tonnage": 7.5}
    response, made = client.ask("POST", "/vehicles", sent)
    assert response.status == 201
    assert made["data"].items() >= sent.items()
    _, page = client.ask("GET", "/vehicles", query="per_page=50")
    assert made["data"] in page["data"]
    assert page["meta"]["total"] == len(page["data"])


def test_a_key_in_the_request_must_be_new(play):
    client = play("vehicles")
    sent = {"kind": "car", "plate": "ZZ-9999", "seats": 4}
    assert client.ask("POST", "/vehicles", sent)[0].status == 201
    assert client.ask("POST", "/vehicles", sent)[0].status == 409


def test_pages_by_number_lead_to_each_other(play):
    client = play("vehicles")
    _, first = client.ask("GET", "/vehicles", query="per_page=2")
    query = first["links"]["next"].partition("?")[2]
    _, second = client.ask("GET", "/vehicles", query=query)
    assert first["links"]["prev"] is None
    assert second["meta"]["page"] == 2
    assert not [record for record in second["data"] if record in first["data"]]


def test_a_cursor_walks_through_the_whole_list(play):
    client = play("library")
    seen, query = [], "api_key=k"
    while query:
        _, page = client.ask("GET", "/authors", query=query)
        seen += [author["id"] for author in page["items"]]
        query = f"api_key=k&cursor={page['next_cursor']}" if page["has_more"] else ""
    assert len(seen) == len(set(seen)) == 5


def test_put_creates_a_record_where_the_spec_says_so(play):
    client = play("library")
    path, body = "/books/978-0123456789", {"title": "Emma", "author_id": 1}
    assert client.ask("PUT", path, body, query="api_key=k")[0].status == 201
    assert client.ask("PUT", path, body, query="api_key=k")[0].status == 200
    _, page = client.ask("GET", "/authors/1/books", query="api_key=k&limit=200")
    assert "978-0123456789" in [book["isbn"] for book in page["books"]]


def test_lists_filter_by_members_of_their_records(play):
    client = play("library")
    _, page = client.ask("GET", "/books", query="api_key=k&genre=novel,poetry&limit=200")
    assert {book["genre"] for book in page["books"]} <= {"novel", "poetry"}


def test_a_value_outside_collections_reads_back(play):
    client = play("vehicles")
    assert client.ask("PUT", "/settings", {"theme": "light", "labels": {"a": "b"}})[0].status == 200
    assert client.ask("GET", "/settings")[1] == {"theme": "light", "labels": {"a": "b"}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"amount=12.50&spent=2026-01-31&tags=on-a&tags=on-b"),
        ("application/json", b'{"amount":12.5,"spent":"2026-01-31","tags":["on-a","on-b"]}'),
    ],
)
def test_a_form_means_what_the_same_json_means(play, kind, body):
    client = play("office", **BASIC)
    headers = {"content_type": kind, "x_request_id": "7e0b1a52-8a3e-4d0e-9f0a-0d5a8a8f2b11"}
    response, made = client.ask("POST", "/expenses", body, **headers)
    assert response.status == 201
    assert (made["amount"], made["tags"], made["currency"]) == (12.5, ["on-a", "on-b"], "EUR")


def test_a_text_response_is_text(play):
    response, body = play("office").ask("GET", "/greeting")
    assert response.headers["Content-Type"] == "text/plain"
    assert body == b"Good morning"


def test_equal_seeds_give_equal_records_in_any_order_of_requests(play):
    first, second = play("clinic"), play("clinic")
    second.ask("GET", "/inventory")
    assert first.ask("GET", "/owners")[1][0]["id"] == second.ask("GET", "/owners")[1][0]["id"]


def test_a_record_in_an_envelope_of_two_files_is_merged_inside_and_moved_by_its_verb(play):
    client = play(SPECS / "shop" / "shop.json", x_token="k")
    tenant = next(iter(dump_state(client.engine.world().store)["collections"]["shop/tenants"]))
    orders, kind = f"/tenants/{tenant}/orders", {"content_type": "application/vnd.api+json"}
    attributes = {"customer": "Bo", "state": "draft"}
    body = {"data": {"type": "orders", "attributes": attributes}}
    _, made = client.ask("POST", orders, body, **kind)
    path, body["data"]["id"] = f"{orders}/{made['data']['id']}", made["data"]["id"]
    body["data"]["attributes"] = {"note": "soon"}
    _, merged = client.ask("PATCH", path, body, **kind)
    assert merged["data"]["attributes"] == {**attributes, "note": "soon"}
    assert client.ask("POST", f"{path}:cancel")[0].status == 200
    assert client.ask("PATCH", f"{path}:cancel", body, **kind)[0].status == 405
