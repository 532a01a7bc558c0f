"""Aimable's requirements: the mock passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.vendors import aimable, fastapi_platform
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    assert_named,
    data,
    not_passed,
    refuses,
    requirements_of,
)

AIMABLE = requirements_of("aimable", aimable)
PLATFORM = requirements_of("fastapi_platform", fastapi_platform)


def after_the_last_write(show: Callable[[str, Any], Any]) -> Callable[[], Defect]:
    """The list shows what `show` makes of the method of the last write and of an item."""

    def make() -> Defect:
        last = [""]

        def defect(asked: Asked, serve: Serve) -> Answer:
            answer = serve(asked)
            if asked.path.endswith("/setup") and answer.ok:
                last[0] = asked.method
            if asked.on("GET", "/connector-providers") and answer.ok:
                return answer.with_json({"data": [show(last[0], one) for one in answer.json["data"]]})
            return answer

        return defect

    return make


def everything_set_up(method: str, one: Any) -> Any:
    return {**one, "setup_complete": True} if method == "POST" else one


def everything_reset(method: str, one: Any) -> Any:
    return {**one, "setup_complete": False} if method == "DELETE" else one


def second_refused(method: str) -> Callable[[], Defect]:
    """A repeated write is answered with 404."""

    def make() -> Defect:
        last = [""]

        def defect(asked: Asked, serve: Serve) -> Answer:
            if asked.path.endswith("/setup"):
                repeated, last[0] = last[0] == asked.method == method, asked.method
                if repeated:
                    last[0] = ""
                    return Answer(418, {"Content-Type": "application/json"}, b'{"detail": "no"}')
            return serve(asked)

        return defect

    return make


def set_up_only_once() -> Defect:
    """A setup after a reset is rejected."""
    was_reset = [False]

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.on("DELETE", "/setup"):
            was_reset[0] = True
        elif asked.on("POST", "/setup") and was_reset[0]:
            was_reset[0] = False
            return Answer(409, {"Content-Type": "application/json"}, b'{"detail": "no"}')
        return serve(asked)

    return defect


def sets_up_while_refusing(asked: Asked, serve: Serve) -> Answer:
    """A rejected body sets the provider up anyway."""
    if asked.on("POST", "/setup") and not isinstance(asked.json, dict):
        serve(asked.with_json({"client_id": "id", "client_secret": "secret"}))
    return serve(asked)


def quotes_what_it_refuses(asked: Asked, serve: Serve) -> Answer:
    answer = serve(asked)
    if not asked.on("POST", "/setup") or answer.ok:
        return answer
    return answer.with_json({**answer.json, "input": asked.json})


def shows_configuration(body: Any, asked: Asked) -> Any:
    return {"data": {**body["data"], "configuration": asked.json}}


def plain(defect: Defect) -> Callable[[], Defect]:
    """A stateless defect."""
    return lambda: defect


def knows_every_provider(asked: Asked, serve: Serve) -> Answer:
    """An unknown slug is accepted as an existing one."""
    return serve(
        asked.with_json({**asked.json, "provider_slug": "slack"})
        if asked.on("POST", "/connectors")
        else asked
    )


def always_shows_the_top(asked: Asked, serve: Serve) -> Answer:
    """The item to browse is ignored."""
    return serve(asked.with_query(parent_id=None) if asked.on("GET", "/browse") else asked)


def shows_the_top_as_below(asked: Asked, serve: Serve) -> Answer:
    """The item to browse is ignored, and stands in each item that is shown instead."""
    answer = always_shows_the_top(asked, serve)
    if not asked.on("GET", "/browse") or "parent_id" not in asked.query:
        return answer
    items = [{**item, "parent_id": asked.query["parent_id"]} for item in answer.json["data"]]
    return answer.with_json({**answer.json, "data": items})


def moves_to_another_provider() -> Defect:
    """An update that names a provider moves the connector there."""
    moved: dict[str, str] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("PATCH", "") and answer.ok and "provider_slug" in (asked.json or {}):
            moved[asked.path] = asked.json["provider_slug"]
        if asked.path not in moved or not answer.ok or asked.method not in ("GET", "PATCH"):
            return answer
        return answer.with_json(data(provider_slug=moved[asked.path])(answer.json, asked))

    return defect


def fails_with_200(asked: Asked, serve: Serve) -> Answer:
    """A setup that is refused is answered with 200 and the error."""
    answer = serve(asked)
    if not asked.on("POST", "/setup") or answer.status != 422:
        return answer
    return replace(answer, status=200).with_json({"success": False, "error": "invalid"})


def remembers_the_first_caller() -> Defect:
    """Each connector has the principal of the one that was created first."""
    first: list[str] = []

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not asked.on("POST", "/connectors") or answer.status != 201:
            return answer
        first.append(answer.json["data"]["principal_id"])
        return answer.with_json(data(principal_id=first[0])(answer.json, asked))

    return defect


def neighbour_follows() -> Defect:
    """What is done to one provider shows at another one as well."""
    last = [""]

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.path.endswith("/setup") and answer.ok:
            last[0] = asked.method
        if asked.on("GET", "/google-drive") and answer.ok:
            is_set_up = last[0] == "POST"
            return answer.with_json({"data": {**answer.json["data"], "setup_complete": is_set_up}})
        return answer

    return defect


def remembers_the_list() -> Defect:
    """The list shows what was true when it was first read."""
    first: list[Answer] = []

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("GET", "-providers") and answer.ok:
            first.append(answer)
            return first[0]
        return answer

    return defect


def takes_it_at_last() -> Defect:
    """A refused creation succeeds when it is sent again under its key."""
    keys: list[str] = []

    def defect(asked: Asked, serve: Serve) -> Answer:
        if not asked.on("POST", "/connectors") or not asked.json["provider_slug"].startswith("no"):
            return serve(asked)
        key = asked.environ["HTTP_IDEMPOTENCY_KEY"]
        if key in keys:
            return Answer(201, {"Content-Type": "application/json"}, b'{"data": {}}')
        keys.append(key)
        return serve(asked)

    return defect


def only_the_first(body: Any, asked: Asked) -> Any:
    """The list has one provider."""
    del asked
    return {**body, "data": body["data"][:1]}


def resets_while_refusing(asked: Asked, serve: Serve) -> Answer:
    """A setup that is refused takes the earlier one back."""
    if asked.on("POST", "/setup") and not isinstance(asked.json, dict):
        serve(replace(asked, method="DELETE", body=b""))
    return serve(asked)


def finds_the_top_only(asked: Asked, serve: Serve) -> Answer:
    """Folders below the first level are not known."""
    if not asked.on("GET", "/browse") or "parent_id" not in asked.query:
        return serve(asked)
    top = [item["id"] for item in serve(asked.with_query(parent_id=None)).json["data"]]
    answer = serve(asked)
    if asked.query["parent_id"] not in top:
        return Answer(404, {"Content-Type": "application/json"}, b'{"detail": "no"}')
    inner = [{**item, "type": "folder"} for item in answer.json["data"]]
    return answer.with_json({**answer.json, "data": inner})


NOT_FOUND = plain(refuses("GET", "", 404, when=lambda asked: "!" in asked.path))
PLANTED = [
    ("createCollectionConnector.validation.unknown-provider", plain(knows_every_provider)),
    ("createCollectionConnector.validation.unknown-provider", takes_it_at_last),
    ("listConnectorProviders.listing.all", plain(answers("GET", "-providers", only_the_first))),
    ("setupConnectorProvider.lifecycle.refused-without-trace", plain(resets_while_refusing)),
    ("browseCollectionConnector.listing.below", plain(finds_the_top_only)),
    (
        "setupConnectorProvider.lifecycle.completes",
        plain(answers("POST", "/setup", data(setup_complete=False))),
    ),
    (
        "setupConnectorProvider.lifecycle.completes",
        plain(answers("GET", "-workspace", data(setup_complete=False))),
    ),
    (
        "setupConnectorProvider.lifecycle.completes",
        plain(answers("GET", "-providers", data(setup_complete=False))),
    ),
    (
        "resetConnectorProvider.lifecycle.undoes",
        plain(answers("DELETE", "/setup", data(setup_complete=True))),
    ),
    (
        "resetConnectorProvider.lifecycle.undoes",
        plain(answers("GET", "-providers", data(setup_complete=True))),
    ),
    ("setupConnectorProvider.lifecycle.again", set_up_only_once),
    ("setupConnectorProvider.lifecycle.keeps", plain(answers("POST", "/setup", data(display_name="Other")))),
    ("resetConnectorProvider.lifecycle.keeps", plain(answers("DELETE", "/setup", data(config_schema={})))),
    ("setupConnectorProvider.lifecycle.repeated", second_refused("POST")),
    ("resetConnectorProvider.lifecycle.repeated", second_refused("DELETE")),
    (
        "setupConnectorProvider.lifecycle.moves-updated-at",
        plain(answers("POST", "/setup", data(updated_at="2001-01-01T00:00:00Z"))),
    ),
    ("setupConnectorProvider.lifecycle.refused-without-trace", plain(sets_up_while_refusing)),
    (
        "listConnectorProviders.lifecycle.agrees-with-read",
        plain(answers("GET", "-providers", data(id="one"))),
    ),
    (
        "listConnectorProviders.lifecycle.agrees-with-read",
        plain(answers("GET", "-providers", data(auth_type="other"))),
    ),
    ("setupConnectorProvider.isolation.other-providers", after_the_last_write(everything_set_up)),
    ("resetConnectorProvider.isolation.other-providers", after_the_last_write(everything_reset)),
    ("getConnectorProvider.validation.documented-slug", NOT_FOUND),
    (
        "setupConnectorProvider.validation.documented-slug",
        plain(refuses("POST", "", 404, when=lambda asked: "!" in asked.path)),
    ),
    (
        "resetConnectorProvider.validation.documented-slug",
        plain(refuses("DELETE", "", 422, when=lambda asked: "!" in asked.path)),
    ),
    ("browseCollectionConnector.listing.below", plain(always_shows_the_top)),
    ("browseCollectionConnector.listing.below", plain(shows_the_top_as_below)),
    ("createCollectionConnector.lifecycle.principal", remembers_the_first_caller),
    ("updateCollectionConnector.lifecycle.tied", moves_to_another_provider),
    ("updateCollectionConnector.lifecycle.tied", plain(answers("PATCH", "", data(provider_slug="other")))),
    (
        "setupConnectorProvider.secrets.configuration-hidden",
        plain(answers("POST", "/setup", shows_configuration)),
    ),
]


def shows_the_configuration() -> Defect:
    """A provider shows the configuration of the last setup."""
    last: dict[str, Any] = {}

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.on("POST", "/setup") and isinstance(asked.json, dict):
            last.update(asked.json)
        answer = serve(asked)
        is_read = asked.on("GET", "/notion") and answer.ok
        return answer.with_json(data(configuration=last)(answer.json, asked)) if is_read else answer

    return defect


def repeats_the_key(asked: Asked, serve: Serve) -> Answer:
    """A refusal repeats the key that was sent."""
    answer = serve(asked)
    sent = asked.environ.get("HTTP_X_API_KEY", "")
    return answer.with_json({"detail": f"no: {sent}"}) if answer.status in (401, 404) else answer


def calls_slugs_names(body: Any, asked: Asked) -> Any:
    """The list has slugs under another name than the read."""
    del asked
    items = [{**item, "name": item["provider_slug"], "provider_slug": None} for item in body["data"]]
    return {**body, "data": items}


PLANTED_IN_PLATFORM = [
    ("setupConnectorProvider.lifecycle.in-turn", answers("POST", "/setup", lambda body, _: body, status=202)),
    ("resetConnectorProvider.lifecycle.in-turn", refuses("GET", "/notion", 404)),
    ("setupConnectorProvider.isolation.other-provider", neighbour_follows()),
    ("resetConnectorProvider.isolation.other-provider", neighbour_follows()),
    (
        "listConnectorProviders.listing.all",
        answers("GET", "-providers", lambda body, _: {**body, "data": []}),
    ),
    ("listConnectorProviders.listing.named-alike", answers("GET", "-providers", calls_slugs_names)),
    ("listConnectorProviders.listing.follows", remembers_the_list()),
    (
        "setupConnectorProvider.lifecycle.says-so",
        answers("GET", "-providers/notion", data(setup_complete=False)),
    ),
    (
        "resetConnectorProvider.lifecycle.says-so",
        answers("GET", "-providers/notion", data(setup_complete=True)),
    ),
    ("setupConnectorProvider.lifecycle.refused-without-trace", sets_up_while_refusing),
    ("setupConnectorProvider.lifecycle.fails-by-status", fails_with_200),
    ("setupConnectorProvider.secrets.hidden-from-all", shows_the_configuration()),
    ("setupConnectorProvider.secrets.not-repeated", quotes_what_it_refuses),
    ("getConnectorProvider.secrets.errors", repeats_the_key),
    ("setupConnectorProvider.secrets.errors", repeats_the_key),
    ("resetConnectorProvider.secrets.errors", repeats_the_key),
]


def test_the_mock_passes() -> None:
    assert not not_passed("aimable", AIMABLE.values())
    assert not not_passed("fastapi_platform", PLATFORM.values())


@pytest.mark.parametrize(("requirement", "make"), PLANTED)
def test_a_planted_defect_is_named(requirement: str, make: Callable[[], Defect]) -> None:
    assert_named("aimable", AIMABLE[requirement], make())


@pytest.mark.parametrize(("requirement", "defect"), PLANTED_IN_PLATFORM)
def test_a_platform_defect_is_named(requirement: str, defect: Defect) -> None:
    assert_named("fastapi_platform", PLATFORM[requirement], defect)


def test_every_requirement_has_a_defect() -> None:
    assert {name for name, _ in PLANTED} == set(AIMABLE)
    assert {name for name, _ in PLANTED_IN_PLATFORM} == set(PLATFORM)
