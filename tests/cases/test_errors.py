"""Errors: in the one shape of the API, with the values that its examples show."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("path", "code"),
    [("/pets/987", "pet_not_found"), ("/owners/987", "not_found"), ("/nothing", "route_not_found")],
)
def test_an_unknown_record_has_the_code_of_its_own_example(play, path, code):
    refused = play("61-error-examples.yaml").send("GET", path)
    assert refused.status_code == 404
    assert refused.json["type"] == "error.list"
    assert refused.json["errors"][0]["code"] == code


def test_the_example_that_fits_gives_the_code_and_the_request_the_field(play):
    refused = play("61-error-examples.yaml").send("POST", "/pets", json={"name": 5})
    assert refused.status_code == 400
    assert refused.json["type"] == "error.list"
    (entry,) = refused.json["errors"]
    assert (entry["code"], entry["field"]) == ("parameter_invalid", "name")
