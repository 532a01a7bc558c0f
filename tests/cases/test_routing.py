"""Which operation answers a path, and under which address."""

from __future__ import annotations

import pytest

REFUSED = {400, 422}


def test_two_parameters_share_a_segment(play):
    mock = play("01-file-ext.yaml")
    assert mock.send("GET", "/files/report.csv").status_code == 200
    assert mock.send("GET", "/files/report.exe").status_code in REFUSED | {404}
    assert mock.send("GET", "/range/3-12").status_code == 200
    assert mock.send("GET", "/range/three-12").status_code in REFUSED | {404}


def test_the_parts_of_a_segment_are_the_members_of_their_names(play):
    mock = play("01-file-ext.yaml")
    assert mock.json("GET", "/files/report.csv") == {"name": "report", "ext": "csv"}
    assert mock.json("GET", "/range/3-12") == {"from": 3, "to": 12}


def test_a_verb_follows_the_key_after_a_colon(play):
    assert play("01-file-ext.yaml").json("POST", "/things/7:cancel") == {"cancelled": True}


def test_a_literal_segment_wins_over_a_template(play):
    mock = play("56-static-first.yaml")
    assert mock.json("GET", "/c/a/items/b/notes") == "notes"
    assert mock.json("GET", "/c/a/items/b/2026") == "dated"


def test_a_method_that_a_literal_lacks_is_not_allowed_where_the_template_does_not_fit(play):
    mock = play("56-static-first.yaml")
    assert mock.json("POST", "/things/7") == "touched"
    refused = mock.send("POST", "/things/search")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD"}
    assert mock.send("POST", "/things/none").status_code == 400


def test_the_prefix_is_the_first_servers_path_with_its_defaults(play):
    mock = play("15-servers.yaml")
    assert mock.json("GET", "/v2/ping") == {"pong": True}
    assert mock.send("GET", "/ping").status_code == 404


def test_an_operation_with_servers_of_its_own_is_served(play):
    assert play("15-servers.yaml").json("GET", "/v2/own") == {"own": True}


def test_a_default_response_alone_is_the_success(play):
    assert play("09-responses.yaml").json("GET", "/only-default") == {"ok": True}


def test_ranges_of_statuses_stand_for_success_and_refusal(play):
    mock = play("09-responses.yaml")
    assert mock.json("GET", "/range?n=1") == {"fine": 1}
    refused = mock.send("GET", "/range?n=one")
    assert refused.status_code in REFUSED
    assert refused.mimetype == "application/vnd.err+json"
    assert isinstance(refused.json["code"], int)
    assert isinstance(refused.json["reason"], str)


def test_an_accepted_job_says_where_it_is(play):
    taken = play("09-responses.yaml").send("POST", "/jobs")
    assert taken.status_code == 202
    assert taken.headers["Location"]


def test_no_content_has_no_body(play):
    quiet = play("09-responses.yaml").send("PUT", "/quiet")
    assert (quiet.status_code, quiet.data) == (204, b"")
    assert "Content-Type" not in quiet.headers


def test_an_unknown_path_is_not_another_operations_default(play):
    unknown = play("09-responses.yaml").send("GET", "/nowhere")
    assert unknown.status_code == 404
    assert "ok" not in unknown.json


def test_a_suffix_belongs_to_the_path_of_an_item(play):
    mock = play("48-json-suffix.yaml")
    created = mock.json("POST", "/posts.json", status=201, json={"raw": "Hello"})
    assert created["raw"] == "Hello"
    assert mock.json("GET", f"/posts/{created['id']}.json") == created
    assert created in mock.json("GET", "/posts.json")
    assert mock.send("GET", "/posts/987654.json").status_code == 404


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/xml", "application/xml"),
        ("text/csv;q=0.8, application/xml;q=0.2", "text/csv"),
        ("text/html, application/json;q=0.1", "application/json"),
        ("application/vnd.pets+json;version=2", "application/json"),
    ],
)
def test_accept_chooses_the_media_type(play, accept, media_type):
    answer = play("58-accept.yaml").send("GET", "/pets", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert answer.text.count("name") >= 1


def test_a_record_is_written_as_accepted(play):
    mock = play("58-accept.yaml")
    pet = mock.json("GET", "/pets")[0]
    answer = mock.send("GET", f"/pets/{pet['id']}", headers={"Accept": "application/xml"})
    assert answer.mimetype == "application/xml"
    assert f"<name>{pet['name']}</name>" in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/pets", "image/png"), ("/logo", "text/html")])
def test_a_type_that_is_not_offered_is_not_acceptable(play, path, accept):
    assert play("58-accept.yaml").send("GET", path, headers={"Accept": accept}).status_code == 406


def test_a_client_that_takes_json_is_answered_whatever_the_type(play):
    answer = play("58-accept.yaml").send("GET", "/logo", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (200, "image/png")


def test_the_key_of_a_parent_is_not_that_of_its_records(play):
    mock = play("73-key-of-the-parent.yaml")
    listed = mock.json("GET", "/bundles/b1/invocations")
    assert listed
    assert all(record["id"] != "b1" for record in listed)
    share = mock.json("GET", "/shares")[0]
    assert mock.json("GET", f"/shares/info/{share['id']}") == share


def test_a_parameter_names_either_of_two_keys(play):
    mock = play("76-either-key.yaml")
    made = mock.json("POST", "/projects", status=201, json={"name": "library"})
    for key in ("library", made["project_id"]):
        assert mock.json("GET", f"/projects/{key}") == made
        assert mock.send("GET", f"/projects/{key}/members").status_code == 200
    assert mock.send("GET", "/projects/unknown").status_code == 404
