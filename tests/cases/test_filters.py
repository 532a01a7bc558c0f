"""What the query parameters of a list restrict it to."""

from __future__ import annotations

EVENTS = [
    {
        "title": "Garden walk",
        "state": "open",
        "tags": ["red", "blue"],
        "owner": {"login": "ada", "team": "north"},
        "price": 5,
        "starts": "2026-03-01T10:00:00Z",
    },
    {
        "title": "Night sky",
        "state": "closed",
        "tags": ["green"],
        "owner": {"login": "bob", "team": "south"},
        "price": 20,
        "starts": "2026-06-01T10:00:00Z",
    },
]


BOTH = ["Garden walk", "Night sky"]
EXPECTED = {
    "": BOTH,
    "state=open": BOTH[:1],
    "state=all": BOTH,
    "tag=blue": BOTH[:1],
    "tag=black": [],
    "owner.login=bob": BOTH[1:],
    "owner_team=north": BOTH[:1],
    "price_gt=5": BOTH[1:],
    "price[lte]=5": BOTH[:1],
    "starts[gte]=2026-04-01T00:00:00Z&starts[lt]=2026-07-01T00:00:00Z": BOTH[1:],
    "since=2020-01-01T00:00:00Z": BOTH,
    "since=2999-01-01T00:00:00Z": [],
    "state_ne=open": BOTH[1:],
    "title_contains=SKY": BOTH[1:],
    "q=walk": BOTH[:1],
}
"""Query → the titles of the events that it finds."""


def test_a_list_is_filtered(play):
    mock = play("60-filters.yaml")
    for event in EVENTS:
        mock.json("POST", "/events", status=201, json=event)
    listed = {query: mock.json("GET", f"/events?{query}") for query in EXPECTED}
    found = {
        query: [event["title"] for event in events if event["title"] in BOTH]
        for query, events in listed.items()
    }
    assert found == EXPECTED


def test_a_list_is_filtered_by_keys(play):
    mock = play("60-filters.yaml")
    first, second = (mock.json("POST", "/events", status=201, json=event) for event in EVENTS)
    assert mock.json("GET", f"/events?ids={second['id']}") == [second]
    assert mock.json("GET", f"/events?ids={second['id']},{first['id']}") == [first, second]


def test_a_deleted_record_is_gone_from_the_records_that_refer_to_it(play):
    mock = play("61-deleted-reference.yaml")
    label = mock.json("POST", "/labels", status=201, json={"name": "blue"})
    task = mock.json(
        "POST", "/tasks", status=201, json={"name": "T", "labels": [label["id"]], "label": label["id"]}
    )
    assert (task["labels"], task["label"]) == ([label], label)
    mock.json("DELETE", f"/labels/{label['id']}", status=204)
    left = mock.json("GET", f"/tasks/{task['id']}")
    assert left["labels"] == []
    assert "label" not in left


def test_a_parameter_without_effect_is_explained(play):
    mock = play("60-filters.yaml")
    asked = mock.send("GET", "/events?state=open&colour=red")
    explained = mock.json("GET", f"/__admin/explain/{asked.headers['X-Mock-Request-Id']}")
    assert explained["answered"]["without_effect"] == ["colour"]
    assert "colour" in explained["answered"]["sentence"]


def test_a_request_names_the_members_that_it_wants(play):
    mock = play("64-fields.yaml")
    created = mock.json("POST", "/things", status=201, json={"name": "N", "size": 3, "note": "T"})
    read = mock.json("GET", f"/things/{created['id']}?fields=size,owner.login")
    assert read == {"id": created["id"], "kind": created["kind"], "size": 3}
    listed = mock.json("GET", "/things?fields=note")
    assert {"id": created["id"], "kind": created["kind"], "note": "T"} in listed
    assert mock.json("GET", f"/things/{created['id']}?fields=colour") == created
