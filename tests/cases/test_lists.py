"""Lists end, whatever their envelope names the next page with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SCALE = 25
MOST_PAGES = 40


def keys(records: list[dict[str, Any]]) -> list[Any]:
    return [record["id"] for record in records]


def walk(first: Any, items: Callable[[Any], list[Any]], following: Callable[[Any], Any]) -> list[Any]:
    """Return the keys on all pages. following: the body after a body, or None at the end."""
    body, seen = first, []
    for _page in range(MOST_PAGES):
        seen += keys(items(body))
        body = following(body)
        if body is None:
            break
    else:
        pytest.fail("the list does not end")
    assert len(seen) == len(set(seen))
    return seen


@pytest.mark.parametrize("file", ["45-list-under-missing.yaml", "50-allof-envelope.yaml"])
def test_next_in_links_is_a_url_of_this_mock(play, file):
    mock = play(file, scale=SCALE)
    first = mock.json("GET", "/stations?limit=4")
    following = first["links"]["next"]
    assert parse_qs(urlsplit(following).query) == {"limit": ["4"], "page": ["2"]}
    total = len(mock.json("GET", "/stations?limit=1000")["data"])
    seen = walk(
        first,
        lambda body: body["data"],
        lambda body: mock.follow(body["links"]["next"]) if body["links"].get("next") else None,
    )
    assert len(seen) == total >= SCALE
    assert "prev" not in first["links"] or first["links"]["prev"] is None


def test_next_of_django_is_null_at_the_end(play):
    mock = play("45-list-under-missing.yaml", scale=SCALE)
    first = mock.json("GET", "/drf")
    seen = walk(
        first,
        lambda body: body["results"],
        lambda body: mock.follow(body["next"]) if body["next"] else None,
    )
    assert len(seen) == first["count"] >= SCALE
    assert first["next"] is not None
    assert first["previous"] is None


def test_pages_of_spring_count_from_zero(play):
    mock = play("45-list-under-missing.yaml", scale=SCALE)
    first = mock.json("GET", "/spring?size=4")
    assert (first["number"], first["size"], first["first"], first["last"]) == (0, 4, True, False)
    assert (first["numberOfElements"], first["empty"]) == (4, False)
    assert keys(first["content"]) == keys(mock.json("GET", "/spring?size=4&page=0")["content"])
    seen = walk(
        first,
        lambda body: body["content"],
        lambda body: None if body["last"] else mock.json("GET", f"/spring?size=4&page={body['number'] + 1}"),
    )
    assert len(seen) == first["totalElements"] >= SCALE
    assert first["totalPages"] == -(-first["totalElements"] // 4)


def test_links_of_laravel_end(play):
    mock = play("45-list-under-missing.yaml", scale=SCALE)
    first = mock.json("GET", "/laravel")
    assert (first["meta"]["current_page"], first["meta"]["from"]) == (1, 1)
    assert first["meta"]["to"] == len(first["data"]) == first["meta"]["per_page"]
    assert first["links"]["prev"] is None
    seen = walk(
        first,
        lambda body: body["data"],
        lambda body: mock.follow(body["links"]["next"]) if body["links"]["next"] else None,
    )
    assert len(seen) == first["meta"]["total"] >= SCALE
    last = mock.follow(first["links"]["last"])
    assert last["meta"]["current_page"] == last["meta"]["last_page"]


@pytest.mark.parametrize(
    ("file", "path"), [("45-list-under-missing.yaml", "/stripe"), ("sdk-cursorid.yaml", "/v1/customers")]
)
def test_a_records_key_is_the_cursor(play, file, path):
    mock = play(file, scale=SCALE)
    everything = keys(mock.json("GET", f"{path}?limit=100")["data"])
    seen = walk(
        mock.json("GET", f"{path}?limit=4"),
        lambda body: body["data"],
        lambda body: (
            mock.json("GET", f"{path}?limit=4&starting_after={body['data'][-1]['id']}")
            if body["has_more"]
            else None
        ),
    )
    assert seen == everything
    assert len(seen) >= SCALE


def test_a_list_is_walked_backwards_by_key(play):
    mock = play("sdk-cursorid.yaml", scale=SCALE)
    everything = keys(mock.json("GET", "/v1/customers?limit=100")["data"])
    before = mock.json("GET", f"/v1/customers?limit=4&ending_before={everything[6]}")
    assert keys(before["data"]) == everything[2:6]
    assert before["has_more"] is True
    start = mock.json("GET", f"/v1/customers?limit=4&ending_before={everything[2]}")
    assert keys(start["data"]) == everything[:2]
    assert start["has_more"] is False


def test_a_list_that_is_a_page_long_has_no_more(play):
    mock = play("sdk-cursorid.yaml")
    everything = mock.json("GET", "/v1/customers?limit=100")
    assert everything["has_more"] is False
    exact = mock.json("GET", f"/v1/customers?limit={len(everything['data'])}")
    assert exact["has_more"] is False


def test_an_unknown_key_is_no_cursor(play):
    refused = play("sdk-cursorid.yaml").send("GET", "/v1/customers?starting_after=nosuch")
    assert refused.status_code in {400, 422}


def test_the_list_object_names_its_type_and_address(play):
    body = play("45-list-under-missing.yaml").json("GET", "/stripe?limit=2")
    assert body["object"] == "list"
    assert body["url"].endswith("/stripe")


def test_an_offset_may_be_a_token(play):
    mock = play("sdk-nextpage.yaml", scale=SCALE)
    total = len(mock.json("GET", "/tasks?limit=100")["data"])
    first = mock.json("GET", "/tasks?limit=4")
    assert isinstance(first["next_page"]["offset"], str)
    seen = walk(
        first,
        lambda body: body["data"],
        lambda body: (
            mock.json("GET", f"/tasks?limit=4&offset={body['next_page']['offset']}")
            if body["next_page"]
            else None
        ),
    )
    assert len(seen) == total >= SCALE
    assert mock.json("GET", "/tasks?limit=100")["next_page"] is None


def test_the_next_page_names_its_address(play):
    mock = play("sdk-nextpage.yaml", scale=SCALE)
    first = mock.json("GET", "/tasks?limit=4")
    by_token = mock.json("GET", f"/tasks?limit=4&offset={first['next_page']['offset']}")
    assert mock.follow(first["next_page"]["uri"]) == by_token
    assert first["next_page"]["path"].startswith("/tasks?")
    assert mock.json("GET", first["next_page"]["path"]) == by_token


@pytest.mark.parametrize("path", ["/droplets", "/droplets2"])
def test_next_is_a_url_with_and_without_format(play, path):
    mock = play("sdk-link.yaml", scale=SCALE)
    total = len(mock.json("GET", f"{path}?per_page=1000")["droplets"])
    first = mock.json("GET", f"{path}?per_page=4")
    assert parse_qs(urlsplit(first["links"]["pages"]["next"]).query) == {"per_page": ["4"], "page": ["2"]}

    def following(body: Any) -> Any:
        pages = (body.get("links") or {}).get("pages") or {}
        return mock.follow(pages["next"]) if pages.get("next") else None

    seen = walk(first, lambda body: body["droplets"], following)
    assert len(seen) == total >= SCALE
    last = mock.follow(first["links"]["pages"]["last"])
    assert keys(last["droplets"]) == seen[-len(last["droplets"]) :]


def test_a_created_record_is_on_the_last_page(play):
    mock = play("sdk-nextpage.yaml")
    before = keys(mock.json("GET", "/tasks?limit=100")["data"])
    created = mock.json("POST", "/tasks", status=201, json={"name": "Last"})
    assert keys(mock.json("GET", "/tasks?limit=100")["data"]) == [*before, created["id"]]


def test_a_post_reads_a_list_and_a_page_that_is_not_declared_ends(play):
    mock = play("62-pages.yaml")
    pet = mock.json("POST", "/pets", status=201, json={"name": "Rex"})
    assert pet in mock.json("POST", "/pets/list")["data"]
    assert pet in mock.json("GET", "/pets?page=1")["data"]
    assert mock.json("GET", "/pets?page=2")["data"] == []


def test_a_direction_alone_sorts_by_creation(play):
    mock = play("62-pages.yaml")
    mock.json("POST", "/pets", status=201, json={"name": "Rex"})
    rising, falling = (mock.json("GET", f"/pets?order={order}")["data"] for order in ("asc", "desc"))
    assert [pet["id"] for pet in falling] == [pet["id"] for pet in reversed(rising)]
    assert falling[0]["name"] == "Rex"


def test_a_list_may_be_called_by_the_singular_of_its_collection(play):
    mock = play("77-singular-list.yaml")
    sent = {"Data": {"CallbackUrl": "https://example.com/hook"}}
    made = mock.json("POST", "/event-subscriptions", status=201, json=sent)["Data"]
    assert made in mock.json("GET", "/event-subscriptions")["Data"]["EventSubscription"]
    assert mock.send("DELETE", f"/event-subscriptions/{made['EventSubscriptionId']}").status_code == 204
    assert made not in mock.json("GET", "/event-subscriptions")["Data"]["EventSubscription"]
