"""Created, read, changed and deleted records of a document without a behaviour file."""

from __future__ import annotations

import json
import time

import pytest

from tests.cases.conftest import multipart

REFUSED = {400, 422}
USER = {"name": "Ada", "password": "secret"}


def test_a_read_only_member_is_not_asked_for_and_always_shown(play):
    mock = play("14-readonly-required.yaml")
    created = mock.json("POST", "/users", status=201, json=USER)
    assert created == {"id": created["id"], "created": created["created"], "name": "Ada"}
    assert mock.json("GET", f"/users/{created['id']}") == created
    changed = mock.json("PUT", f"/users/{created['id']}", json={"name": "Bob", "password": "secret"})
    assert changed == {**created, "name": "Bob"}
    listed = mock.json("GET", "/users")
    assert changed in listed
    assert len(listed) > 1
    assert all(set(user) == {"id", "created", "name"} for user in listed)


@pytest.mark.parametrize(
    "user", [{"name": "Ada"}, {"password": "secret"}, {"name": "Ada", "password": "abc"}]
)
def test_a_write_only_member_is_asked_for(play, user):
    assert play("14-readonly-required.yaml").send("POST", "/users", json=user).status_code == 400


def test_an_update_by_a_key_in_the_body_changes_that_record(play):
    mock = play("26-update-by-body.yaml")
    pet = mock.json("POST", "/pet", json={"name": "Rex", "status": "a"})
    changed = mock.json("PUT", "/pet", json={"id": pet["id"], "name": "Max", "status": "b"})
    assert changed == {"id": pet["id"], "name": "Max", "status": "b"}
    assert mock.json("GET", f"/pet/{pet['id']}") == changed
    assert mock.send("PUT", "/pet", json={"id": 987654321, "name": "Nil"}).status_code == 404


def test_a_collection_without_response_schemas_is_kept(play):
    mock = play("27-no-response-schema.yaml")
    sent = {"title": "Wash", "done": False}
    created = mock.json("POST", "/tasks", status=201, json=sent)
    assert created == {"id": created["id"], **sent}
    item = f"/tasks/{created['id']}"
    assert mock.json("GET", item) == created
    assert created in mock.json("GET", "/tasks")
    assert mock.json("PUT", item, json={"title": "Dry"})["title"] == "Dry"
    assert mock.json("GET", item)["title"] == "Dry"
    assert mock.send("DELETE", item).status_code == 204
    assert mock.send("GET", item).status_code == 404


def test_required_and_read_only_may_stand_in_two_branches(play):
    mock = play("29-allof-required.yaml")
    seeds = mock.json("GET", "/users")
    assert seeds
    assert all(isinstance(seed["id"], int) and isinstance(seed["name"], str) for seed in seeds)
    created = mock.json("POST", "/users", status=201, json={"name": "Ada"})
    assert created == {"id": created["id"], "name": "Ada"}
    assert created["id"] not in {seed["id"] for seed in seeds}
    assert mock.send("POST", "/users", json={}).status_code in REFUSED


def test_required_and_write_only_may_stand_in_two_branches(play):
    mock = play("30-allof-writeonly.yaml")
    seeds = mock.json("GET", "/users")
    assert seeds
    assert all(set(seed) == {"id", "name"} for seed in seeds)
    sent = {"id": 4711, "name": "Ada", "pw": "x"}
    assert mock.json("POST", "/users", status=201, json=sent) == {"id": 4711, "name": "Ada"}
    assert mock.send("POST", "/users", json={"id": 4712, "name": "Ada"}).status_code in REFUSED


def test_a_key_that_was_sent_is_the_key(play):
    mock = play("31-key-sent.yaml")
    user = {"username": "ada", "first": "Ada"}
    assert mock.json("POST", "/user", json=user) == user
    assert mock.json("GET", "/user/ada") == user
    again = mock.send("POST", "/user", json={"username": "ada", "first": "Bob"})
    assert again.status_code == 409 or again.json["username"] == "ada"


def test_an_action_answers_with_what_was_sent(play):
    mock = play("33-action-echo.yaml")
    booking = mock.json("GET", "/bookings")[0]["id"]
    paid = mock.json("POST", f"/bookings/{booking}/payment", json={"amount": 12.5, "currency": "nok"})
    assert (paid["amount"], paid["currency"]) == (12.5, "nok")
    assert paid["id"] != booking
    assert paid["status"] in {"pending", "succeeded"}


def test_an_action_without_a_body_answers_with_the_example(play):
    mock = play("33-action-echo.yaml")
    booking = mock.json("GET", "/bookings")[0]["id"]
    paid = mock.json("POST", f"/bookings/{booking}/payment")
    assert (paid["amount"], paid["currency"], paid["status"]) == (49.99, "gbp", "succeeded")


def test_a_key_declared_as_number_is_found(play):
    mock = play("35-number-id.yaml")
    for thing in mock.json("GET", "/things"):
        assert mock.json("GET", f"/things/{thing['id']}") == thing
    created = mock.json("POST", "/things", status=201, json={"id": 4711, "name": "T"})
    assert created == {"id": 4711, "name": "T"}
    assert mock.json("GET", "/things/4711") == created
    assert mock.send("GET", "/things/987654").status_code == 404


def test_collections_with_keys_of_one_name_are_apart(play):
    mock = play("36-two-id.yaml")
    cat = mock.json("POST", "/cats", status=201, json={"name": "Tom"})
    assert mock.send("GET", f"/dogs/{cat['id']}").status_code == 404 or (
        mock.json("GET", f"/dogs/{cat['id']}") != cat
    )
    dog = mock.json("GET", "/dogs")[0]
    assert mock.json("POST", f"/dogs/{dog['id']}/walk") == dog
    assert mock.send("POST", "/dogs/nosuchdog/walk").status_code == 404


def test_parents_scope_three_levels(play):
    mock = play("39-three-levels.yaml")
    service = mock.json("GET", "/s")[0]
    assert mock.json("GET", f"/s/{service['sid']}") == service
    assert mock.send("GET", "/s/nosuchservice").status_code == 404
    for child in mock.json("GET", f"/s/{service['sid']}/e/ada/c"):
        assert mock.json("GET", f"/s/{service['sid']}/e/ada/c/{child['sid']}") == child


def test_a_create_of_optional_members_answers_with_what_was_sent(play):
    mock = play("52-refinement.yaml")
    created = mock.json("POST", "/users/u1/playlists", status=201, json={"name": "Mix", "public": True})
    assert (created["name"], created["public"]) == ("Mix", True)
    assert created["id"]


def test_a_create_below_a_parent_is_found_by_the_flat_read(play):
    mock = play("52-refinement.yaml")
    created = mock.json("POST", "/users/u1/playlists", status=201, json={"name": "Mix", "public": True})
    assert mock.json("GET", f"/playlists/{created['id']}") == created
    assert mock.send("PUT", f"/playlists/{created['id']}", json={"name": "Mix 2"}).status_code == 200
    assert mock.json("GET", f"/playlists/{created['id']}") == {**created, "name": "Mix 2"}


def test_a_key_in_another_spelling_is_the_key(play):
    mock = play("57-sid-nest.yaml")
    service = mock.json("POST", "/s", status=201, json={"name": "one"})
    assert service == {"sid": service["sid"], "name": "one"}
    assert mock.json("GET", f"/s/{service['sid']}") == service


def test_the_key_of_a_parent_in_another_spelling_fills_its_member(play):
    mock = play("57-sid-nest.yaml")
    one = mock.json("POST", "/s", status=201, json={"name": "one"})
    other = mock.json("POST", "/s", status=201, json={"name": "other"})
    assert mock.json("GET", f"/s/{one['sid']}") == one
    child = mock.json("POST", f"/s/{one['sid']}/w", status=201, json={"name": "child"})
    assert child == {"sid": child["sid"], "service_sid": one["sid"], "name": "child"}
    assert mock.json("GET", f"/s/{one['sid']}/w/{child['sid']}") == child
    assert mock.send("GET", f"/s/{other['sid']}/w/{child['sid']}").status_code == 404


def test_a_member_that_was_put_is_in_its_organisation_alone(play):
    mock = play("sdk-within.yaml")
    first, second, *_ = mock.json("GET", "/orgs")
    member = mock.json("PUT", f"/orgs/{first['org']}/members/ada")
    assert member["login"] == "ada"
    assert member in mock.json("GET", f"/orgs/{first['org']}/members")
    assert member not in mock.json("GET", f"/orgs/{second['org']}/members")
    assert mock.send("DELETE", f"/orgs/{first['org']}/members/ada").status_code == 204
    assert member not in mock.json("GET", f"/orgs/{first['org']}/members")


def test_parents_without_an_endpoint_scope_their_children(play):
    mock = play("17-nested.yaml")
    issue = mock.json("POST", "/repos/ada/one/issues", status=201, json={"title": "Bug"})
    assert (issue["title"], issue["state"], issue["repo"], issue["owner"]) == ("Bug", "open", "one", "ada")
    assert mock.json("GET", f"/repos/ada/one/issues/{issue['number']}") == issue
    assert issue in mock.json("GET", "/repos/ada/one/issues?per_page=100")
    assert issue not in mock.json("GET", "/repos/ada/two/issues?per_page=100")
    closed = mock.json("PATCH", f"/repos/ada/one/issues/{issue['number']}", json={"state": "closed"})
    assert closed == {**issue, "state": "closed"}
    assert closed not in mock.json("GET", "/repos/ada/one/issues?per_page=100")
    assert closed in mock.json("GET", "/repos/ada/one/issues?per_page=100&state=closed")


def test_an_id_in_a_body_becomes_the_record_it_names(play):
    mock = play("sdk-refs.yaml")
    project = mock.json("POST", "/projects", status=201, json={"name": "P"})
    task = mock.json(
        "POST",
        "/tasks",
        status=201,
        json={"name": "T", "projects": [project["id"]], "owner_project": project["id"], "tags": ["blue"]},
    )
    assert task["projects"] == [project]
    assert task["owner_project"] == project
    assert mock.json("GET", f"/tasks/{task['id']}") == task
    assert mock.json("GET", f"/projects/{project['id']}/tasks") == [task]
    assert mock.json("GET", f"/tasks?project={project['id']}") == [task]
    assert mock.json("GET", "/tasks?tag_name=blue") == [task]


def test_the_example_of_a_key_is_the_first_record(play):
    assert play("sdk-refs.yaml").json("GET", "/projects")[0]["id"] == "12345"


def test_a_created_record_is_complete(play):
    sent = {"name": "T", "due": "2026-12-01"}
    task = play("sdk-nextpage.yaml").json("POST", "/tasks", status=201, json=sent)
    assert task["resource_type"] == "task"
    assert task["done"] is False
    assert task["created_at"]
    assert (task["name"], task["due"]) == ("T", "2026-12-01")


def test_a_change_keeps_what_was_not_sent(play):
    mock = play("sdk-nextpage.yaml")
    task = mock.json("POST", "/tasks", status=201, json={"name": "T", "due": "2026-12-01"})
    assert mock.json("PUT", f"/tasks/{task['id']}", json={"name": "T2"}) == {**task, "name": "T2"}


def test_a_record_without_a_read_of_its_own_is_listed(play):
    mock = play("sdk-nextpage.yaml")
    task = mock.json("POST", "/tasks", status=201, json={"name": "T"})
    note = mock.json("POST", f"/tasks/{task['id']}/notes", status=201, json={"text": "N"})
    assert note["text"] == "N"
    assert abs(note["created"] - time.time()) < 366 * 86400
    assert mock.json("GET", f"/tasks/{task['id']}/notes") == [note]


def test_a_unix_time_is_near_now(play):
    customer = play("sdk-cursorid.yaml").json("POST", "/v1/customers", data={"email": "a@example.com"})
    assert abs(customer["created"] - time.time()) < 366 * 86400


def test_an_unknown_record_is_refused_in_the_error_of_the_api(play):
    missing = play("sdk-cursorid.yaml").send("GET", "/v1/customers/nosuchcustomer")
    assert missing.status_code == 404
    assert missing.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("path", "headers", "statuses"),
    [
        ("/albums/nosuchalbum", {}, {404}),
        ("/albums?limit=many", {}, REFUSED),
        ("/albums", {"Authorization": ""}, {401}),
    ],
)
def test_the_one_error_schema_serves_every_refusal(play, path, headers, statuses):
    refused = play("44-error-schema.yaml").send("GET", path, headers=headers)
    assert refused.status_code in statuses
    assert refused.json["error"]["status"] == refused.status_code
    assert isinstance(refused.json["error"]["message"], str)


def test_an_upload_comes_back(play):
    mock = play("sdk-bin.yaml")
    sent = mock.json("POST", "/files", **multipart(file=("hello.txt", b"hello"), purpose="test"))
    assert (sent["filename"], sent["bytes"]) == ("hello.txt", 5)
    assert mock.json("GET", f"/files/{sent['id']}") == sent
    assert mock.send("GET", f"/files/{sent['id']}/content").data == b"hello"


def test_an_upload_is_called_and_as_large_as_it_was_sent(play):
    mock = play("sdk-bin.yaml")
    sent = mock.json("POST", "/files", **multipart(file=("hello.txt", b"hello"), purpose="test"))
    assert (sent["filename"], sent["bytes"]) == ("hello.txt", 5)
    assert mock.json("GET", f"/files/{sent['id']}") == sent


def test_a_delete_answers_what_is_documented(play):
    mock = play("sdk-bin.yaml")
    sent = mock.json("POST", "/files", **multipart(file=("hello.txt", b"hello")))
    assert mock.json("DELETE", f"/files/{sent['id']}") == {"id": sent["id"], "deleted": True}
    assert mock.send("GET", f"/files/{sent['id']}").status_code == 404


def test_a_new_record_begins_in_the_first_state(play):
    sent = multipart(file=("hello.txt", b"hello"))
    file = play("sdk-bin.yaml").json("POST", "/files", **sent)
    assert file["status"] == "uploaded"
    assert abs(file["created_at"] - time.time()) < 366 * 86400


def test_a_stream_is_sent_as_events(play):
    response = play("sdk-bin.yaml").send("POST", "/chat", json={"stream": True})
    assert (response.status_code, response.mimetype) == (200, "text/event-stream")
    assert response.text.startswith("data: {")


def test_a_record_is_known_by_its_slug_and_by_its_number(play):
    mock = play("59-slug-key.yaml")
    first, second = (mock.json("POST", "/shops", status=201, json={"name": name}) for name in "ab")
    assert first["message"] == second["message"] == "Shop created"
    for shop, name in ((first["data"], "a"), (second["data"], "b")):
        assert shop["name"] == name
        assert mock.send("GET", f"/shops/{shop['slug']}/summary").status_code == 200
        assert mock.send("GET", f"/shops/{shop['id']}/reviews").status_code == 200
    assert first["data"]["slug"] != second["data"]["slug"]
    assert first["data"]["id"] != second["data"]["id"]


def test_the_callers_own_record_is_one_of_the_collection(play):
    mock = play("63-own-record.yaml")
    me = mock.json("GET", "/me")
    assert me in mock.json("GET", "/users")
    assert mock.json("GET", "/users/me") == me
    assert mock.json("PATCH", "/me", json={"name": "Ada"}) == {**me, "name": "Ada"}
    assert mock.json("GET", f"/users/{me['id']}")["name"] == "Ada"
    post = mock.json("POST", "/users/me/posts", status=201, json={"text": "Hello"})
    assert post["user_id"] == me["id"]
    assert post in mock.json("GET", f"/users/{me['id']}/posts")


def test_initial_records_are_those_of_the_parent_that_is_read_first(play):
    mock = play("17-nested.yaml")
    first = mock.json("GET", "/repos/ada/one/issues")
    assert {(issue["owner"], issue["repo"]) for issue in first} == {("ada", "one")}
    assert mock.json("GET", "/repos/ada/two/issues") == []
    assert mock.send("GET", f"/repos/ada/two/issues/{first[0]['number']}").status_code == 404
    assert mock.json("GET", "/repos/ada/one/issues") == first


def test_a_parent_below_which_a_record_was_created_has_no_initial_ones(play):
    mock = play("17-nested.yaml")
    issue = mock.json("POST", "/repos/ada/new/issues", status=201, json={"title": "Bug"})
    assert mock.json("GET", "/repos/ada/new/issues") == [issue]
    assert len(mock.json("GET", "/repos/ada/one/issues")) > 1


def test_a_record_is_known_by_its_id_and_by_the_clients_name_for_it(play):
    mock = play("65-named-keys.yaml")
    company = mock.json("POST", "/companies", json={"company_id": "c-7", "name": "Seven"})
    assert company["company_id"] == "c-7"
    assert company["id"] != "c-7"
    assert mock.json("GET", f"/companies/{company['id']}") == company
    assert mock.json("GET", "/companies/c-7") == company


def test_a_record_that_is_attached_has_the_key_that_was_sent(play):
    mock = play("65-named-keys.yaml")
    attached = mock.json("POST", "/stores/s1/files", json={"file_id": "f-9"})
    assert attached == {"id": "f-9", "store_id": "s1"}
    assert mock.json("GET", "/stores/s1/files") == [attached]
    assert mock.json("GET", "/stores/s1/files/f-9") == attached
    assert mock.send("GET", "/stores/s2/files/f-9").status_code == 404


def test_two_parameters_identify_a_record_together(play):
    mock = play("66-compound-key.yaml")
    sent = {"owner": "ada", "name": "one", "note": "N"}
    assert mock.json("POST", "/repos", status=201, json=sent) == sent
    assert mock.json("GET", "/repos/ada/one") == sent
    assert mock.send("GET", "/repos/bob/one").status_code == 404
    assert mock.json("GET", "/repos/ada?limit=100") == [sent]
    assert mock.json("PATCH", "/repos/ada/one", json={"note": "M"}) == {**sent, "note": "M"}
    assert mock.send("DELETE", "/repos/ada/one").status_code == 204
    assert mock.send("GET", "/repos/ada/one").status_code == 404


def test_a_number_of_records_follows_them(play):
    mock = play("67-counters.yaml")
    post = mock.json("POST", "/posts", status=201, json={"title": "T"})
    assert post["comments_count"] == 0
    path = f"/posts/{post['id']}"
    first, _second = (mock.json("POST", f"{path}/comments", status=201, json={"text": text}) for text in "ab")
    assert mock.json("GET", path)["comments_count"] == 2
    mock.json("DELETE", f"{path}/comments/{first['id']}", status=204)
    assert mock.json("GET", path)["comments_count"] == 1


def test_a_file_is_no_key_and_another_spelling_is_the_same_member(play):
    mock = play("64-key-from.yaml")
    file = mock.json("POST", "/files", status=201, **multipart(file=("a.txt", b"content")))
    assert mock.json("GET", f"/files/{file['id']}")["filename"] == "a.txt"
    entity = mock.json("POST", "/entities", status=201, json={"Identity": "customer-1"})
    assert entity["identity"] == "customer-1"


def test_a_batch_creates_each_record(play):
    mock = play("68-batch.yaml")
    sent = {"inputs": [{"name": "Ada"}, {"name": "Bob"}]}
    created = mock.json("POST", "/contacts/batch", status=201, json=sent)["results"]
    assert [contact["name"] for contact in created] == ["Ada", "Bob"]
    assert [mock.json("GET", f"/contacts/{contact['id']}") for contact in created] == created
    listed = mock.json("GET", "/contacts")
    assert all(contact in listed for contact in created)


def test_a_record_is_found_by_another_member_in_the_path(play):
    mock = play("69-other-ways.yaml")
    made = mock.json("POST", "/people", status=201, json={"name": "Ada", "external_id": "ext-7"})
    assert made["status"] == "pending"
    assert mock.json("GET", "/people/find_by_external_id/ext-7") == made
    assert mock.send("DELETE", f"/people/{made['id']}").status_code == 204
    assert mock.send("GET", "/people/find_by_external_id/ext-7").status_code == 404


def test_records_made_below_a_parent_are_those_of_the_flat_path(play):
    mock = play("69-other-ways.yaml")
    project = mock.json("POST", "/projects", status=201, json={"name": "Launch"})["id"]
    made = mock.json("POST", f"/projects/{project}/sections", status=201, json={"title": "Doing"})
    got = mock.json("GET", f"/sections/{made['id']}")
    assert (got["title"], got.get("project", {}).get("id", project)) == ("Doing", project)
    listed = mock.json("GET", f"/projects/{project}/sections")
    assert [(each["id"], each["title"]) for each in listed] == [(made["id"], "Doing")]


def test_a_discriminator_says_which_of_two_fitting_branches_is_meant(play):
    mock = play("69-other-ways.yaml")
    assert mock.send("POST", "/shapes", json={"kind": "Round"}).status_code == 200
    assert mock.send("POST", "/shapes", json={"radius": 1}).status_code in REFUSED


def test_what_belongs_to_no_collection_begins_like_a_new_record(play):
    begun = play("69-other-ways.yaml").json("POST", "/imports", status=202, json={"name": "May"})
    assert begun == {"name": "May", "status": "pending", "errors": [], "finished_at": None}


def test_a_compound_key_is_unique_within_its_first_part_alone(play):
    mock = play("66-compound-key.yaml")
    for owner in ("ada", "bob"):
        mock.json("POST", "/repos", status=201, json={"owner": owner, "name": "one", "note": owner})
    assert mock.json("GET", "/repos/ada/one")["note"] == "ada"
    assert mock.json("PATCH", "/repos/bob/one", json={"note": "B"})["note"] == "B"
    assert mock.send("DELETE", "/repos/ada/one").status_code == 204
    assert mock.send("GET", "/repos/ada/one").status_code == 404
    assert mock.json("GET", "/repos/bob/one")["note"] == "B"


def test_a_repository_is_its_owners_and_has_its_own_addresses(play):
    mock = play("73-owned-repositories.yaml")
    assert mock.json("GET", "/user")["login"] == "ada"
    made = mock.json("POST", "/user/repos", status=201, json={"name": "site"})
    assert (made["full_name"], made["owner"]["login"]) == ("ada/site", "ada")
    assert mock.follow(made["url"]) == made
    assert made["issues_url"].endswith("/repos/ada/site/issues{/number}")
    assert made in mock.json("GET", "/users/ada/repos?limit=100")
    mock.json("DELETE", "/repos/ada/site", status=204)
    assert mock.send("GET", "/repos/ada/site").status_code == 404


def test_what_is_below_a_compound_key_is_found_by_the_key_in_its_address(play):
    mock = play("73-owned-repositories.yaml")
    for name in ("site", "other"):
        mock.json("POST", "/user/repos", status=201, json={"name": name})
    issue = mock.json("POST", "/repos/ada/site/issues", status=201, json={"title": "T"})
    assert mock.follow(issue["url"]) == issue
    assert mock.follow(issue["repository_url"])["name"] == "site"
    assert mock.json("GET", "/repos/ada/site/issues") == [issue]
    assert mock.json("GET", "/repos/ada/other/issues") == []
    for name in ("site", "other"):
        sent = {"name": "bug", "color": name}
        label = mock.json("POST", f"/repos/ada/{name}/labels", status=201, json=sent)
        assert mock.follow(label["url"])["color"] == name


def test_the_bytes_of_a_file_are_called_as_the_query_says(play):
    mock = play("73-owned-repositories.yaml")
    mock.json("POST", "/user/repos", status=201, json={"name": "site"})
    sent = {"data": b"hello", "content_type": "text/plain"}
    file = mock.json("POST", "/repos/ada/site/files?name=a.txt", status=201, **sent)
    assert (file["name"], file["size"], file["content_type"]) == ("a.txt", 5, "text/plain")
    assert mock.json("GET", f"/repos/ada/site/files/{file['id']}") == file


def test_a_collection_may_be_called_documents(play):
    mock = play("75-documents.yaml")
    first, second = (record["id"] for record in mock.json("GET", "/documents")[:2])
    for key in (first, second):
        assert mock.json("PUT", f"/documents/{key}/settings", json={"color": key}) == {"color": key}
    assert mock.send("DELETE", f"/documents/{first}").status_code == 204
    assert mock.json("GET", f"/documents/{second}/settings") == {"color": second}
    assert first not in [record["id"] for record in mock.json("GET", "/documents")]


def test_a_key_inside_an_object_of_the_record_is_unique_below_its_parent(play):
    mock = play("74-key-inside.yaml")
    for name in ("shop", "lab"):
        made = mock.json("POST", "/namespaces", status=201, json={"metadata": {"name": name}})["metadata"]
        assert made["name"] == name
        assert made["uid"]
        assert made["creationTimestamp"]
        assert "deletionTimestamp" not in made
        sent = {"metadata": {"name": "colors"}, "data": {"main": name}}
        kept = mock.json("POST", f"/namespaces/{name}/maps", status=201, json=sent)
        assert (kept["metadata"]["namespace"], kept["data"]) == (name, {"main": name})
    assert mock.send("POST", "/namespaces", json={"metadata": {"name": "shop"}}).status_code == 409
    assert mock.json("GET", "/namespaces/lab/maps/colors")["data"] == {"main": "lab"}
    listed = [each["metadata"]["namespace"] for each in mock.json("GET", "/maps")["items"]]
    assert {"shop", "lab"} <= set(listed)
    page = mock.json("GET", "/namespaces/shop/maps?limit=1")
    assert page["metadata"] == {}
    assert [each["metadata"]["name"] for each in page["items"]] == ["colors"]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json-patch+json", [{"op": "replace", "path": "/data/main", "value": "red"}]),
        ("application/merge-patch+json", {"data": {"main": "red"}}),
    ],
)
def test_a_change_declared_as_json_is_taken_as_a_patch(play, media_type, body):
    mock = play("74-key-inside.yaml")
    mock.json("POST", "/namespaces", status=201, json={"metadata": {"name": "shop"}})
    sent = {"metadata": {"name": "colors"}, "data": {"main": "blue", "other": "white"}}
    mock.json("POST", "/namespaces/shop/maps", status=201, json=sent)
    mock.json("PATCH", "/namespaces/shop/maps/colors", data=json.dumps(body), content_type=media_type)
    changed = mock.json("GET", "/namespaces/shop/maps/colors")
    assert changed["data"] == {"main": "red", "other": "white"}


def test_a_body_that_only_says_its_kind_changes_and_a_plural_finds_one_value(play):
    mock = play("77-kinds-of-things.yaml")
    made = mock.json("POST", "/incidents", status=201, json={"type": "incident", "title": "T"})
    sent = {"type": "incident", "status": "closed"}
    changed = mock.json("PUT", f"/incidents/{made['id']}", json=sent)
    assert (changed["title"], changed["status"]) == ("T", "closed")
    found = mock.json("GET", "/incidents?statuses[]=closed&limit=100")
    assert {each["status"] for each in found} == {"closed"}
    assert changed in found


def test_a_new_record_is_of_the_alternative_that_was_sent(play):
    mock = play("77-kinds-of-things.yaml")
    sent = {"type": "email", "address": "a@example.org"}
    made = mock.json("POST", "/contacts", status=201, json=sent)
    assert made.items() >= sent.items()
    assert "device" not in made
    assert mock.json("GET", f"/contacts/{made['id']}") == made


def test_a_read_may_answer_a_list_and_a_creation_the_key_alone(play):
    mock = play("77-kinds-of-things.yaml")
    token = mock.json("POST", "/tokens", status=201, json={"name": "N"})["token"]
    assert mock.json("GET", f"/tokens/{token['access_key']}") == {"tokens": [token]}
    (key,) = mock.json("POST", "/runs", json={"title": "T"})["run_uuids"]
    assert mock.json("GET", f"/runs/{key}")["run"] == {"run_uuid": key, "title": "T"}
