"""Routes: literal segments first, and what is allowed where no method fits."""

from __future__ import annotations

import pytest

from mock_server.contract.router import Match, NoMatch, Router


@pytest.fixture
def router() -> Router[str]:
    routes: Router[str] = Router()
    for method, template in (
        ("GET", "/things/{id}"),
        ("POST", "/things/cancel"),
        ("GET", "/things/{id}/parts/{part}"),
        ("GET", "/files/{name}.{kind}"),
        ("GET", "/other/{x}"),
    ):
        assert routes.add(method, template, f"{method} {template}") is None
    return routes


def test_a_literal_segment_goes_before_a_template(router: Router[str]) -> None:
    assert router.match("POST", "/things/cancel") == Match("POST /things/cancel", {})


def test_a_method_the_literal_lacks_falls_to_the_template(router: Router[str]) -> None:
    assert router.match("GET", "/things/cancel") == Match("GET /things/{id}", {"id": "cancel"}, ("POST",))


def test_a_segment_may_mix_text_and_parameters(router: Router[str]) -> None:
    assert router.match("GET", "/files/a.tar.gz") == Match(
        "GET /files/{name}.{kind}", {"name": "a", "kind": "tar.gz"}
    )


def test_the_methods_of_the_most_literal_template_are_allowed(router: Router[str]) -> None:
    missed = router.match("DELETE", "/things/cancel")
    assert isinstance(missed, NoMatch)
    assert missed.allowed == ("POST",)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/other", "GET /other/{x}"),
        ("/things/1/parts", "GET /things/{id}/parts/{part}"),
        ("", "GET /things/{id}"),
    ],
)
def test_an_unknown_path_is_near_what_begins_alike(router: Router[str], path: str, near: str) -> None:
    missed = router.match("GET", path)
    assert isinstance(missed, NoMatch)
    assert (missed.allowed, missed.near) == ((), near)


@pytest.mark.parametrize("path", ["/things/", "//things/1", "/things//parts/2", "/Things/1", "/things/1/"])
def test_an_empty_segment_matches_no_parameter(router: Router[str], path: str) -> None:
    assert isinstance(router.match("GET", path), NoMatch)


def test_templates_that_differ_only_in_parameter_names_are_duplicates(router: Router[str]) -> None:
    assert router.add("GET", "/things/{other}", "again") == "/things/{id}"
