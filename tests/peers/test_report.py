"""The HTML report of a faulty mock, read in a browser with mouse and keyboard."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.redaction.masking import masked
from contract_tests.reports import html
from contract_tests.target.target_file import Target
from mock_server.app import create_app
from mock_server.target_file import target_toml
from tests.contract_tests.playing import Answer, Asked, Defective, Serve, without_log
from tests.defects.planting import healthy, settings_for

pytestmark = [pytest.mark.peers, pytest.mark.slow]

READ = Path(__file__).with_name("report") / "read.mjs"
OPERATIONS = frozenset({"listConnectorProviders", "listConnectors", "showConnector", "destroyConnector"})


def keeps_what_is_destroyed(asked: Asked, serve: Serve) -> Answer:
    """Says that a connector is gone and leaves it where it is; forgets to count the pages of a list."""
    if asked.method == "DELETE":
        return Answer(200, {"Content-Type": "application/json"}, b'{"message": "Connector deleted"}')
    answer = serve(asked)
    if not answer.ok or not asked.on("GET", "/connectors"):
        return answer
    body = answer.json
    return answer.with_json({**body, "meta": {**body["meta"], "total": "many"}})


def report(path: Path) -> Path:
    """The page on a run against two mocks with that defect."""
    contracts: dict[str, Any] = {}
    for name in ("fastapi_platform", "patchworks"):
        application = Defective(create_app(settings_for(name), engine=healthy(name)), keeps_what_is_destroyed)
        content = tomllib.loads(target_toml(settings_for(name), "http://127.0.0.1:4010"))
        contracts[name] = {**content["contracts"][name], "wsgi": application}
    target = Target.model_validate({"contracts": contracts, "source": "target.toml"})
    with without_log():
        html.write(masked(run(target, selection=Selection(operations=OPERATIONS), seed=1)), path)
    return path


@pytest.fixture(scope="module")
def told(packages: Path, browser: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the page did."""
    assert packages
    folder = tmp_path_factory.mktemp("report")
    command = ["node", str(READ), str(report(folder / "report.html")), browser, str(folder)]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def values(shown: Any, name: str) -> set[str]:
    return {item[name] for item in shown["items"]}


def test_the_page_loads_nothing_and_logs_no_errors(told: Any) -> None:
    assert (told["requests"], told["complaints"]) == ([], [])


def test_passed_requirements_are_hidden_at_first(told: Any) -> None:
    first = told["first"]
    assert "failed" in values(first, "verdict")
    assert "passed" not in values(first, "verdict")
    assert first["says"] == f"{len(first['items'])} of {first['all']} shown"
    assert len(first["items"]) < first["all"]


def test_the_text_filter_matches_all_words_ignoring_case(told: Any) -> None:
    assert 0 < len(told["words"]["items"]) < len(told["first"]["items"])
    assert all(
        "destroyconnector" in text and "credential" in text for text in values(told["words"], "search")
    )


def test_no_match_is_reported_and_the_filters_can_be_cleared(told: Any) -> None:
    assert (told["nothing"]["items"], told["nothing"]["words"]) == ([], "Nothing matches these filters.")
    assert told["cleared"]["items"] == told["first"]["items"]


def test_family_contract_and_verdict_each_filter_alone(told: Any) -> None:
    assert values(told["byFamily"], "family") == {told["family"]}
    assert values(told["byContract"], "contract") == {told["byContract"]["chosen"]}
    assert values(told["byVerdict"], "verdict") == {"passed"}


def test_a_cell_of_the_matrix_narrows_to_its_requirements_and_back(told: Any) -> None:
    cell, narrowed = told["cell"], told["narrowed"]
    assert narrowed["items"]
    assert (values(narrowed, "family"), values(narrowed, "contract")) == (
        {cell["family"]},
        {cell["contract"]},
    )
    assert all(cell["operation"] in item["operations"] for item in narrowed["items"])
    assert (narrowed["pressed"], narrowed["focus"]) == (1, "outcomes")
    assert (told["widened"]["pressed"], told["widened"]["items"]) == (0, told["first"]["items"])


def test_the_keyboard_reaches_the_filter_the_cells_and_the_way_back(told: Any) -> None:
    assert (told["slash"]["focus"], told["typed"]) == ("text", "a/b")
    assert told["entered"]["items"] == told["narrowed"]["items"]
    assert told["escaped"]["items"] == told["first"]["items"]


def test_a_curl_line_is_copied_or_at_least_selected(told: Any) -> None:
    copied, selected = told["copied"], told["selected"]
    assert copied["line"].startswith("curl ")
    assert (copied["says"], copied["got"]) == ("Copied", copied["line"])
    assert (selected["says"], selected["got"]) == ("Selected", selected["line"])


def test_it_follows_the_preferred_colour_scheme_and_fits_a_phone(told: Any) -> None:
    assert told["dark"]["paper"] != told["narrow"]["paper"]
    assert told["narrow"]["width"] <= 390
