"""Two implementations side by side: equal ones do not differ, each planted difference is found and shrunk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.cli import main
from contract_tests.session.context import RunContext
from contract_tests.twin.comparing import Disagreement, disagreements
from tests.contract_tests.conftest import TOKEN, ShelfApp

Make = Callable[..., RunContext]
Reply = tuple[int, Any]
Alter = Callable[[Reply], Reply]


class Altered(ShelfApp):
    """The shelf with the answers of one kind altered: all of them, or those with one status."""

    def __init__(self, kind: str, alter: Alter, status: int | None = None) -> None:
        super().__init__()
        self._kind = kind
        self._alter = alter
        self._status = status

    def _answer(self, environ: dict[str, Any]) -> Reply:
        below = environ["PATH_INFO"].count("/") - 3
        kind = f"{environ['REQUEST_METHOD']} {'item' if below > 1 else 'list'}"
        status, body = super()._answer(environ)
        return (
            self._alter((status, body))
            if kind == self._kind and self._status in (None, status)
            else (status, body)
        )


def _data(change: Callable[[dict[str, Any]], Any]) -> Alter:
    """Alter the record in an answer."""

    def alter(reply: Reply) -> Reply:
        status, body = reply
        record = dict(body["data"])
        change(record)
        return status, {**body, "data": record}

    return alter


MAKE, READ, LIST, DELETE = "POST list", "GET item", "GET list", "DELETE item"

DIFFERENT = [
    pytest.param(lambda: ShelfApp("create-200"), "status", id="status of a creation"),
    pytest.param(lambda: ShelfApp("bad-time"), "data.made_at", id="no time"),
    pytest.param(lambda: ShelfApp("title-unchecked"), "status", id="a wrong title is taken"),
    pytest.param(lambda: ShelfApp("html"), "media type", id="refusals in HTML"),
    pytest.param(lambda: ShelfApp("errors-listed"), "detail", id="shape of refusals"),
    pytest.param(lambda: ShelfApp("delete-refused"), "status", id="nothing is deleted"),
    pytest.param(lambda: Altered(MAKE, _data(lambda r: r.pop("pages")), 201), "data.pages", id="member lost"),
    pytest.param(lambda: Altered(MAKE, _data(lambda r: r.update(x=1)), 201), "data.x", id="member more"),
    pytest.param(
        lambda: Altered(MAKE, _data(lambda r: r.update(pages=str(r["pages"]))), 201),
        "data.pages",
        id="a number as text",
    ),
    pytest.param(
        lambda: Altered(READ, _data(lambda r: r.update(title=None)), 200), "data.title", id="null instead"
    ),
    pytest.param(
        lambda: Altered(READ, _data(lambda r: r.update(title=r["title"].upper())), 200),
        "data.title",
        id="another spelling",
    ),
    pytest.param(
        lambda: Altered(READ, _data(lambda r: r.update(pages=r["pages"] + 1)), 200),
        "data.pages",
        id="another number",
    ),
    pytest.param(lambda: Altered(READ, lambda reply: (400, reply[1]), 404), "status", id="unknown id is 400"),
    pytest.param(
        lambda: Altered(READ, lambda _: (200, {"data": {}}), 404), "status", id="unknown id is found"
    ),
    pytest.param(lambda: Altered(DELETE, lambda _: (200, {}), 204), "status", id="status of a deletion"),
    pytest.param(lambda: Altered(DELETE, lambda _: (204, None), 404), "status", id="deleted twice"),
    pytest.param(
        lambda: Altered(LIST, lambda reply: (200, {**reply[1], "total": 3}), 200),
        "[0].total",
        id="envelope of a list",
    ),
    pytest.param(
        lambda: Altered(LIST, lambda reply: (200, {**reply[1], "data": []}), 200), "[1]", id="an empty list"
    ),
    pytest.param(
        lambda: Altered(LIST, lambda _: (500, {"detail": "x"}), 200), "status", id="a list that fails"
    ),
    pytest.param(lambda: Altered(MAKE, lambda r: (400, r[1]), 422), "status", id="another refusal"),
]


def _compared(make: Make, first: Any, second: Any) -> list[Disagreement]:
    one, other = make(first), make(second)
    other.permissions.made_up.nonce = one.permissions.made_up.nonce
    return list(disagreements(one, other, sequences=6, length=6, seed=1))


def test_equal_implementations_do_not_differ(shelf_context: Make) -> None:
    first, second = ShelfApp(), ShelfApp()

    assert _compared(shelf_context, first, second) == []
    assert (len(first.books), len(second.books)) == (1, 1)


@pytest.mark.parametrize(("altered", "place"), DIFFERENT)
def test_each_difference_is_found_and_shrunk(
    altered: Callable[[], ShelfApp], place: str, shelf_context: Make
) -> None:
    found = _compared(shelf_context, ShelfApp(), altered())

    lengths = [len(each.steps) for each in found if each.what == place]
    assert lengths
    assert max(lengths) <= 5


@pytest.mark.parametrize(
    ("altered", "decision"),
    [
        pytest.param(lambda: Altered(READ, lambda reply: (400, reply[1]), 404), "X1", id="unknown id"),
        pytest.param(lambda: Altered(DELETE, lambda _: (200, {}), 204), "X3", id="deletion"),
        pytest.param(lambda: Altered(MAKE, lambda reply: (400, reply[1]), 422), "X2", id="refusal"),
    ],
)
def test_a_difference_of_status_names_the_decision(
    altered: Callable[[], ShelfApp], decision: str, shelf_context: Make
) -> None:
    found = _compared(shelf_context, ShelfApp(), altered())

    assert decision in {name for each in found for name in each.decisions}


def _write_target(folder: Path, name: str, *, token: str = TOKEN) -> str:
    """The path of a target file for the application that this module holds under the name."""
    path = folder / f"{name}.toml"
    path.write_text(
        f'[contracts.shelf]\nbase_url = "http://shelf.test/api"\nwsgi = "{__name__}:{name}"\n'
        f'spec = "{Path(__file__).parents[1] / "shelf.yaml"}"\nknown = {{shelf = "one"}}\n'
        f'[contracts.shelf.credentials.writer]\nscheme = "bearer"\nvalue = "{token}"\nroles = ["write"]\n',
        encoding="utf-8",
    )
    return str(path)


def test_the_command_names_both_answers_and_the_sequence(
    shelf_app: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.one", shelf_app(), raising=False)
    monkeypatch.setattr(f"{__name__}.two", shelf_app("create-200"), raising=False)

    with pytest.raises(SystemExit) as ended:
        main(["twin", _write_target(tmp_path, "one"), _write_target(tmp_path, "two"), "--sequences", "2"])

    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "shelf: books: status: 201 and 200" in said
    assert "    make: POST api/shelves/one/books -> 201" in said


def test_a_target_that_refuses_its_credential_is_not_compared(
    shelf_app: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        monkeypatch.setattr(f"{__name__}.{name}", shelf_app(), raising=False)
    wrong = _write_target(tmp_path, "two", token="of-another")

    with pytest.raises(SystemExit) as ended:
        main(["twin", _write_target(tmp_path, "one"), wrong])

    said = capsys.readouterr()
    assert ended.value.code == 3
    assert f"{wrong}: shelf: credential writer is not accepted" in said.err
    assert "no difference" not in said.out
