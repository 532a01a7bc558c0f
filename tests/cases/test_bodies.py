"""Request bodies: what is accepted, what is refused, and what is kept."""

from __future__ import annotations

import pytest

from tests.cases.conftest import multipart

REFUSED = {400, 422}
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "pet",
    [
        {"name": "Rex"},
        {"name": "Rex", "owner": None},
        {"name": "Rex", "owner": {"name": "Ada"}},
        {"name": "Rex", "size": None},
        {"name": "Rex", "size": "s"},
    ],
)
def test_nullable_members_may_be_null(play, pet):
    created = play("02-nullable-ref.yaml").json("POST", "/pets", status=201, json=pet)
    assert {name: created[name] for name in pet} == pet


@pytest.mark.parametrize(
    "pet",
    [
        {"name": None},
        {"name": "Rex", "owner": {}},
        {"name": "Rex", "size": "xl"},
        {"name": "Rex", "owner": 1},
    ],
)
def test_nullable_members_are_still_checked(play, pet):
    assert play("02-nullable-ref.yaml").send("POST", "/pets", json=pet).status_code == 400


@pytest.mark.parametrize("pet", [{"petType": "NICE", "miaou": True}, {"petType": "HUNT", "hunter": False}])
def test_a_discriminator_names_the_alternative(play, pet):
    mock = play("04-discriminator.yaml")
    created = mock.json("POST", "/pets", status=201, json=pet)
    assert created == {"id": created["id"], **pet}
    assert created in mock.json("GET", "/pets")


@pytest.mark.parametrize(
    "pet", [{"petType": "HUNT", "miaou": True}, {"petType": "DOG", "miaou": True}, {"miaou": True}]
)
def test_a_body_of_another_alternative_is_refused(play, pet):
    refused = play("04-discriminator.yaml").send("POST", "/pets", json=pet)
    assert refused.status_code == 422
    assert isinstance(refused.json["error"], str)


def test_generated_records_carry_a_value_of_the_mapping(play):
    pets = play("04-discriminator.yaml").json("GET", "/pets")
    assert pets
    for pet in pets:
        assert {"NICE": "miaou", "HUNT": "hunter"}[pet["petType"]] in pet


def test_form_fields_have_the_types_of_the_schema(play):
    mock = play("05-form.yaml")
    body = "name=Ada&age=36&flag=true&tags=a&tags=b&address[city]=Oslo&address[zip]=123"
    created = mock.json("POST", "/people", status=201, data=body, content_type=FORM)
    assert created == {
        "id": created["id"],
        "name": "Ada",
        "age": 36,
        "flag": True,
        "tags": ["a", "b"],
        "address": {"city": "Oslo", "zip": 123},
    }


@pytest.mark.parametrize(
    "body", ["name=Ada&age=old", "name=Ada&age=-1", "age=3", "name=A&age=1&address[zip]=x"]
)
def test_a_wrong_form_field_is_refused(play, body):
    assert play("05-form.yaml").send("POST", "/people", data=body, content_type=FORM).status_code == 400


FILE = ("a.txt", b"content")


def test_a_file_with_parts_is_accepted(play):
    meta = ("meta.json", b'{"title": "T"}', "application/json")
    sent = multipart(file=FILE, meta=meta, count="3", more=[("1.bin", b"1"), ("2.bin", b"2")])
    created = play("06-multipart.yaml").json("POST", "/uploads", status=201, **sent)
    assert created["count"] == 3
    assert created["meta"] == {"title": "T"}


def test_an_empty_file_is_a_file(play):
    sent = multipart(file=("empty.txt", b""))
    assert play("06-multipart.yaml").send("POST", "/uploads", **sent).status_code == 201


@pytest.mark.parametrize(
    "parts",
    [
        {"count": "3"},
        {"file": FILE, "count": "three"},
        {"file": FILE, "meta": ("meta.json", b"{}", "application/json")},
    ],
    ids=["no file", "no number", "a part without its member"],
)
def test_a_wrong_part_is_refused(play, parts):
    assert play("06-multipart.yaml").send("POST", "/uploads", **multipart(**parts)).status_code == 400


def test_large_integers_are_exact(play):
    mock = play("11-int64.yaml")
    created = mock.json("POST", "/nums", status=201, json={"big": 9007199254740993, "price": 19.99})
    assert created["big"] == 9007199254740993
    assert mock.json("GET", f"/nums/{created['id']}") == created


@pytest.mark.parametrize("text", ['{"big": 1e2}', '{"big": 100.0}'])
def test_a_whole_number_in_any_notation_is_an_integer(play, text):
    created = play("11-int64.yaml").json(
        "POST", "/nums", status=201, data=text, content_type="application/json"
    )
    assert created["big"] == 100


@pytest.mark.parametrize(
    "number",
    [
        {"big": 9223372036854775808},
        {"big": 1.5},
        {"big": 1, "small": 2147483648},
        {"big": 1, "price": 0.005},
    ],
)
def test_a_number_outside_its_format_is_refused(play, number):
    assert play("11-int64.yaml").send("POST", "/nums", json=number).status_code == 400


def test_bytes_are_checked(play):
    assert (
        play("11-int64.yaml").send("POST", "/nums", json={"big": 1, "raw": "no base64!"}).status_code == 400
    )


def test_base64_is_accepted(play):
    assert play("11-int64.yaml").send("POST", "/nums", json={"big": 1, "raw": "aGVsbG8="}).status_code == 201


@pytest.mark.parametrize(
    "person",
    [
        {"name": "Æsop Ωmega"},
        {"name": "A", "password": "Passw0rdX"},
        {"name": "A", "code": "AB-12"},
        {"name": "A", "path": "/a/b"},
    ],
)
def test_a_pattern_of_ecma_262_accepts(play, person):
    created = play("12-patterns.yaml").json("POST", "/people", status=201, json=person)
    assert {name: created[name] for name in person} == person


@pytest.mark.parametrize(
    "person",
    [
        {"name": "4"},
        {"name": "A\n"},
        {"name": "A", "password": "password"},
        {"name": "A", "code": "AB-12\n"},
        {"name": "A", "path": "/A"},
    ],
)
def test_a_pattern_of_ecma_262_refuses(play, person):
    assert play("12-patterns.yaml").send("POST", "/people", json=person).status_code == 400


def test_only_ascii_digits_are_digits_in_a_pattern(play):
    sent = play("12-patterns.yaml").send("POST", "/people", json={"name": "A", "password": "Password٣"})
    assert sent.status_code == 400


def test_records_of_a_schema_with_patterns_are_generated(play):
    people = play("12-patterns.yaml").json("GET", "/people")
    assert people
    assert all(person["name"].replace(" ", "").isalpha() for person in people)


SENT = {"headers": {"tenant": "t"}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "abc"}, 201),
        ({"code": "abcd"}, 400),
        ({"code": "a"}, 400),
        ({"t": None}, 201),
        ({"t": "x"}, 400),
        ({"k": 5}, 201),
        ({"k": 6}, 400),
        ({"tup": [1, "a"]}, 201),
        ({"tup": [1, "a", 2]}, 400),
        ({"dep": {"a": 1, "b": 1}}, 201),
        ({"dep": {"a": 1}}, 400),
        ({"dep": {"z": 1}}, 400),
        ({"dep": {"z": 1, "y": 1}}, 201),
        ({"pp": {"x-a": 1}}, 201),
        ({"pp": {"x-a": "1"}}, 400),
        ({"pp": {"x-abc": 1}}, 400),
        ({"pp": {"a": 1}}, 400),
    ],
)
def test_keywords_of_openapi_3_1_hold(play, body, status):
    assert play("13-ref-siblings.yaml").send("POST", "/a", json=body, **SENT).status_code == status


def test_a_parameter_of_the_path_item_is_required(play):
    assert play("13-ref-siblings.yaml").send("POST", "/a", json={}).status_code == 400


def test_members_sent_in_another_case_show_in_that_of_the_record(play):
    mock = play("42-case-style.yaml")
    created = mock.json(
        "POST", "/s", status=201, data="FriendlyName=My+Service&CodeLength=6", content_type=FORM
    )
    assert created["friendly_name"] == "My Service"
    assert created["code_length"] == 6
    assert mock.json("GET", f"/s/{created['sid']}") == created


def test_nested_form_fields_in_brackets_are_read(play):
    mock = play("sdk-cursorid.yaml")
    body = "email=a@example.com&types[0]=x&types[1]=y&items[0][price]=p1&metadata[order]=7"
    created = mock.json("POST", "/v1/customers", data=body, content_type=FORM)
    assert created["email"] == "a@example.com"
    assert created["types"] == ["x", "y"]
    assert created["metadata"] == {"order": "7"}


def test_an_unknown_form_field_is_refused_in_the_error_of_the_api(play):
    refused = play("sdk-cursorid.yaml").send("POST", "/v1/customers", data="nme=x", content_type=FORM)
    assert refused.status_code in REFUSED
    assert refused.json["error"]["type"] == "invalid_request_error"
    assert "nme" in refused.json["error"]["message"] + refused.json["error"].get("param", "")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("lines[0][price]=1&lines[1][price]=2", [{"price": 1}, {"price": 2}]),
        ("lines[][price]=1&lines[][price]=2", [{"price": 1}, {"price": 2}]),
        (
            "lines[][price]=1&lines[][flags][]=1&lines[][flags][]=False&lines[][price]=2",
            [{"price": 1, "flags": [True, False]}, {"price": 2}],
        ),
    ],
)
def test_a_form_holds_a_list_of_objects_in_brackets(play, body, lines):
    created = play("60-brackets.yaml").json("POST", "/orders", status=201, data=body, content_type=FORM)
    assert created["lines"] == lines


@pytest.mark.parametrize(
    ("sent", "content_type", "shown"),
    [
        ('{"count": 5.0, "price": 5}', "application/json", b'"count":5}'),
        ("price=5", FORM, b'"price":5}'),
        ("price=5.5", FORM, b'"price":5.5}'),
    ],
)
def test_whole_numbers_stay_whole(play, sent, content_type, shown):
    created = play("60-brackets.yaml").send("POST", "/orders", data=sent, content_type=content_type)
    assert created.data.endswith(shown)


def test_a_file_alone_is_a_body(play):
    assert play("60-brackets.yaml").send("POST", "/imports", **multipart(file=FILE)).status_code == 201


def test_content_comes_in_the_type_that_is_asked_for(play):
    mock = play("62-pages.yaml")
    file = mock.json("POST", "/files", status=201, **multipart(file=("a.bin", b"\xff\x00")))
    asked = {"Accept": "application/binary"}
    content = mock.send("GET", f"/files/{file['id']}/content", headers=asked)
    assert (content.data, content.content_type) == (b"\xff\x00", "application/binary")


def test_an_upload_with_a_json_part_creates_the_file_that_its_answer_lists(play):
    mock = play("63-uploads.yaml")
    sent = multipart(attributes=("", b'{"name": "a.txt"}', "application/json"), file=FILE)
    answer = mock.json("POST", "/files/content", status=201, **sent)
    (file,) = answer["entries"]
    assert (answer["total_count"], file["name"], file["size"]) == (1, "a.txt", len(b"content"))
    assert mock.json("GET", f"/files/{file['id']}") == file
    assert mock.send("GET", f"/files/{file['id']}/content").data == b"content"


def test_a_copy_is_another_record(play):
    mock = play("63-uploads.yaml")
    sent = multipart(attributes=("", b'{"name": "a.txt"}', "application/json"), file=FILE)
    (file,) = mock.json("POST", "/files/content", status=201, **sent)["entries"]
    copied = mock.json("POST", f"/files/{file['id']}/copy", status=201, json={"name": "b.txt"})
    assert copied["id"] != file["id"]
    assert (copied["name"], copied["size"]) == ("b.txt", file["size"])
    assert mock.json("GET", f"/files/{file['id']}") == file


def test_a_base_may_list_the_kinds_of_its_extensions(play):
    mock = play("78-base-lists-kinds.yaml")
    for kind in ("FILE", "S3"):
        store = {"name": kind.lower(), "storage": {"kind": kind}}
        assert mock.json("POST", "/stores", status=201, json=store) == store
        assert mock.json("GET", f"/stores/{store['name']}") == store
    assert mock.send("POST", "/stores", json={"name": "a", "storage": {"kind": "TAPE"}}).status_code in {
        400,
        422,
    }
