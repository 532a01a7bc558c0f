"""A small file beside a spec corrects what is inferred: all operations at once, or one member of one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mock_server.errors.startup import StartupError

SPECS = Path(__file__).parent / "specs"

PAGING = """\
defaults:
  list:
    page: {kind: page, size: rows, at: begin, default: 2}
"""


@pytest.fixture
def corrected(play, tmp_path):
    """Plays the harbour with a correction beside it."""

    def build(correction: str):
        spec = shutil.copy(SPECS / "harbour.yaml", tmp_path / "harbour.yaml")
        (tmp_path / "harbour.behaviour.yaml").write_text(correction)
        return play(spec)

    return build


def shown(client, path, query=""):
    """The ids on one page, and whether there are more."""
    page = client.ask("GET", path, query=query)[1]
    return [ship["id"] for ship in page["catch"]], page["more"]


def test_three_lines_put_right_the_paging_of_all_lists(corrected):
    client = corrected(PAGING)
    assert shown(client, "/ships") == ([1, 2], True)
    assert shown(client, "/ships", "begin=3") == ([5], False)
    assert shown(client, "/quays", "begin=2&rows=3") == ([4, 5], False)


def test_a_default_is_left_out_where_an_operation_lacks_its_parameters(corrected):
    assert shown(corrected(PAGING), "/flags") == ([1, 2, 3, 4, 5], False)


def test_one_operation_has_precedence_over_the_defaults_member_by_member(corrected):
    client = corrected(PAGING + "operations: {listQuays: {page: {default: 4}}}\n")
    assert shown(client, "/ships") == ([1, 2], True)
    assert shown(client, "/quays") == ([1, 2, 3, 4], True)
    assert shown(client, "/quays", "begin=2") == ([5], False)


def test_the_page_size_of_a_correction_counts_before_the_default_of_the_parameter(play, tmp_path):
    text = (SPECS / "harbour.yaml").read_text()
    declared = "name: rows, in: query, schema: {type: integer"
    assert declared in text
    spec = tmp_path / "harbour.yaml"
    spec.write_text(text.replace(declared, f"{declared}, default: 3"))
    (tmp_path / "harbour.behaviour.yaml").write_text(PAGING)
    client = play(spec)
    assert shown(client, "/ships") == ([1, 2], True)
    assert shown(client, "/ships", "rows=3") == ([1, 2, 3], True)


def test_a_default_may_change_a_part_of_what_is_inferred(play, tmp_path):
    spec = shutil.copy(SPECS / "office.yaml", tmp_path / "office.yaml")
    (tmp_path / "office.behaviour.yaml").write_text("defaults: {list: {page: {default: 2}}}\n")
    behaviours = play(spec).engine.context.contracts["office"].behaviours
    pages = [operation.page for operation in behaviours.operations.values() if operation.action == "list"]
    assert {(page.at, page.default) for page in pages} == {("skip", 2)}


def test_null_removes_a_member(corrected):
    client = corrected(PAGING + "operations: {listQuays: {page: null}}\n")
    assert shown(client, "/quays") == ([1, 2, 3, 4, 5], False)


def test_collections_are_corrected_like_operations(corrected):
    assert shown(corrected("defaults: {collections: {generate: 2}}\n"), "/ships") == ([1, 2], False)
    client = corrected("defaults: {collections: {generate: 2}}\ncollections: {ships: {generate: 1}}\n")
    assert shown(client, "/ships") == ([1], False)


@pytest.mark.parametrize(
    ("correction", "message"),
    [
        ("operations: {listShip: {action: list}}", "operations.listShip: unknown operation"),
        ("operations: {listShips: {pages: 1}}", "operations.listShips: unknown key 'pages'"),
        ("collections: {boats: {key: name}}", "collections.boats: no operation uses it (inferred: ships)"),
        ("defaults: {lists: {}}", "defaults: unknown key 'lists'"),
        ("defaults: {list: {page: {at: start}}}", "defaults.list.page: fits no operation"),
        (
            "operations: {listShips: {page: {kind: page, at: x}}}",
            "operations.listShips.page.at: no query",
        ),
    ],
)
def test_a_correction_that_names_nothing_is_refused(corrected, correction, message):
    with pytest.raises(StartupError) as refused:
        corrected(correction)
    assert refused.value.problems[0].startswith(f"harbour.behaviour.yaml: {message}")
