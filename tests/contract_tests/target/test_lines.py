"""The line of a key in a target file."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.target.lines import line_of, place

TEXT = """\
# a comment
[contracts.shop]
base_url = "http://shop.test"
bodies.order = {lines = [
  1,
]}

[contracts.shop.known]
# the group
group = "a"

[contracts.shop.known."/groups/{name}"]
name = "staff"
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("contracts", "shop", "base_url"), 3),
        (("contracts", "shop", "bodies", "order", "lines"), 4),
        (("contracts", "shop", "known", "group"), 10),
        (("contracts", "shop", "known", "/groups/{name}", "name"), 13),
        (("contracts", "shop", "known", "nothing"), None),
    ],
)
def test_the_line_is_that_on_which_the_statement_begins(keys: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, keys) == line


def test_a_place_names_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text(TEXT, encoding="utf-8")

    assert (
        place(str(path), ("contracts", "shop", "known", "group")) == f"{path}:10: contracts.shop.known.group"
    )
    assert place("", ("contracts", "shop")) == "contracts.shop"
    assert place(str(tmp_path / "gone.toml"), ("a",)) == f"{tmp_path / 'gone.toml'}: a"
