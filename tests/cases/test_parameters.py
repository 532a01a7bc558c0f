"""Parameters in every style that OpenAPI has."""

from __future__ import annotations

import pytest

REFUSED = {400, 422}


@pytest.mark.parametrize(
    "query",
    [
        "filter[color]=R&filter[min]=3",
        "filter%5Bcolor%5D=G",
        "ids=1|2|3",
        "ids=1%7C2",
        "sp=1%202",
        "sp=1+2",
        "csv=1,2,3",
        "q=%7B%22a%22%3A1%7D",
    ],
)
def test_a_parameter_in_its_style_is_accepted(play, query):
    assert play("07-params.yaml").json("GET", f"/search?{query}") == {"ok": True}


@pytest.mark.parametrize(
    "query",
    [
        "filter[color]=B",
        "filter[min]=three",
        "filter[size]=3",
        "ids=1|two",
        "sp=1%20two",
        "csv=1,two",
        "csv=1,2,3,4",
    ],
)
def test_a_wrong_value_in_a_style_is_refused(play, query):
    refused = play("07-params.yaml").send("GET", f"/search?{query}")
    assert refused.status_code in REFUSED
    assert isinstance(refused.json["msg"], str)


@pytest.mark.parametrize("query", ["q=%7B%22a%22%3A%22one%22%7D", "q=%7B%7D", "q=a"])
def test_a_wrong_parameter_of_a_media_type_is_refused(play, query):
    refused = play("07-params.yaml").send("GET", f"/search?{query}")
    assert refused.status_code in REFUSED
    assert isinstance(refused.json["msg"], str)


@pytest.mark.parametrize(("text", "status"), [("1, 2", 200), ("1,two", 400)])
def test_a_header_holds_an_array(play, text, status):
    assert play("07-params.yaml").send("GET", "/search", headers={"X-Ids": text}).status_code == status


@pytest.mark.parametrize(("text", "status"), [("abc", 200), ("ab", 400)])
def test_a_cookie_is_validated(play, text, status):
    mock = play("07-params.yaml")
    assert mock.send("GET", "/search", headers={"Cookie": f"sid={text}"}).status_code == status


@pytest.mark.parametrize(
    ("path", "valid"),
    [
        ("/label/.1.2", True),
        ("/label/.one", False),
        ("/matrix/;c=5", True),
        ("/matrix/;c=five", False),
    ],
)
def test_label_and_matrix_paths_are_read(play, path, valid):
    assert (play("07-params.yaml").send("GET", path).status_code == 200) is valid


def test_a_required_array_may_be_sent_and_not_left_out(play):
    mock = play("37-required-array-query.yaml")
    assert mock.json("GET", "/events?topics=a&topics=b") == [1]
    assert mock.send("GET", "/events").status_code in REFUSED
    assert mock.send("GET", "/events?topics=c").status_code in REFUSED


def test_a_required_object_is_spread_over_the_query(play):
    assert play("37-required-array-query.yaml").json("GET", "/search?any=thing") == [1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("types[0]=1&types[1]=2", 200),
        ("types[]=1", 200),
        ("types[]=one", 400),
        ("expand[]=a&expand[1]=b", 200),
        ("expand[0]=longer", 400),
        ("created[gte]=5", 200),
        ("created[gte]=x", 400),
        ("created=5", 200),
        ("filter[tags][]=a&filter[inner][n]=5", 200),
        ("filter[tags][]=a&filter[tags][]=b&filter[tags][]=c", 400),
        ("filter[inner][n]=x", 400),
        ("flag=1", 200),
        ("flag=True", 200),
        ("flag=maybe", 400),
    ],
)
def test_names_in_brackets_and_spellings_of_clients_are_read(play, query, status):
    assert play("60-brackets.yaml").send("GET", f"/search?{query}").status_code == status
