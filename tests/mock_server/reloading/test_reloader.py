"""Files that change while they are watched."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from mock_server.clock import from_rfc3339
from mock_server.errors.startup import StartupError
from mock_server.reloading.rebasing import Lost
from mock_server.reloading.reloader import Reloader
from mock_server.yaml_file import read_yaml

from .conftest import PATIENCE, write

LOST = Lost("default", "shop/books", "b1", "title must be a string")


class Desk:
    """Plays a number that stands in a file which another refers to."""

    def __init__(self, folder: Path) -> None:
        self.root, self.part = folder / "root.yaml", folder / "parts" / "part.yaml"
        self.data = folder / "data"
        self.data.mkdir()
        self.played: Queue[int] = Queue()
        self.tried: Queue[str] = Queue()
        self.lost: list[Lost] = []
        write(self.root, "$ref: parts/part.yaml")
        write(self.part, "1")
        now = from_rfc3339("2026-11-20T09:00:00Z")
        self.reloader = Reloader(self.build, self.swap, [self.root, self.data], now=lambda: now)

    def build(self) -> int:
        try:
            number = read_yaml(self.part)
        finally:
            self.tried.put("build")  # once it is read: what is written from here on is for the next build
        if not isinstance(number, int):
            raise StartupError(f"{self.part.name}: is no number")
        if number == 13:
            raise RuntimeError
        return number + len(list(self.data.rglob("*.yaml")))

    def swap(self, number: int) -> Iterable[Lost]:
        self.played.put(number)
        return self.lost

    def until(self, number: int) -> None:
        """Wait until this number is played."""
        while self.played.get(timeout=PATIENCE) != number:
            pass


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def watching(desk: Desk) -> Iterator[Desk]:
    desk.reloader.start()
    yield desk
    desk.reloader.stop(wait=PATIENCE)


def test_a_change_of_a_file_that_another_refers_to_is_taken_over(watching: Desk) -> None:
    write(watching.part, "2")
    watching.until(2)
    write(watching.part, "3")
    watching.until(3)


def test_a_file_written_in_place_is_taken_over(watching: Desk) -> None:
    watching.part.write_text("22")
    watching.until(22)


def test_a_file_that_comes_into_a_folder_that_comes_is_taken_over(watching: Desk) -> None:
    write(watching.data / "deep" / "new.yaml", "{}")
    watching.until(2)
    write(watching.data / "deep" / "newer.yaml", "{}")
    watching.until(3)


def test_a_file_that_is_removed_and_created_again_is_reloaded(watching: Desk) -> None:
    watching.part.unlink()
    assert watching.tried.get(timeout=PATIENCE)
    write(watching.part, "5")
    watching.until(5)


def test_of_many_changes_the_last_state_is_played(watching: Desk) -> None:
    for number in range(2, 60):
        write(watching.part, str(number))
    watching.until(59)


def test_a_file_beside_them_is_not_read_for(watching: Desk) -> None:
    write(watching.root.parent / "other.yaml", "{}")
    write(watching.part, "2")
    watching.until(2)
    assert watching.tried.qsize() == 1


def test_what_changed_before_the_watch_began_is_taken_over(desk: Desk) -> None:
    write(desk.part, "7")
    desk.reloader.start()
    desk.until(7)
    desk.reloader.stop(wait=PATIENCE)


def test_a_broken_file_is_reported_and_the_previous_files_stay_in_use(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    write(desk.part, "[broken")
    report = desk.reloader.reload()
    assert desk.played.empty()
    assert not report.current
    assert desk.reloader.last is report
    assert "part.yaml" in report.problems[0]
    assert report.problems[0] in caplog.text


def test_a_mended_file_is_taken_over(watching: Desk) -> None:
    write(watching.part, "[broken")
    assert watching.tried.get(timeout=PATIENCE)
    write(watching.part, "4")
    watching.until(4)


def test_a_folder_that_goes_does_not_end_the_watch(watching: Desk) -> None:
    watching.data.rename(watching.data.with_name("away"))
    write(watching.part, "6")
    watching.until(6)


def test_a_fault_of_ours_does_not_end_the_watch(watching: Desk, caplog: pytest.LogCaptureFixture) -> None:
    write(watching.part, "13")
    assert watching.tried.get(timeout=PATIENCE)
    write(watching.part, "6")
    watching.until(6)
    assert "Reloading the files failed" in caplog.text


def test_an_internal_error_is_logged_and_reported(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_number: int) -> Iterable[Lost]:
        raise RuntimeError

    report = Reloader(desk.build, fail, [desk.root]).reload()
    assert report.problems == ("internal error of the mock server: RuntimeError",)
    assert "Reloading the files failed" in caplog.text


def test_before_the_first_reading_the_report_is_that_of_the_start(desk: Desk) -> None:
    assert desk.reloader.last.to_json() == {
        "current": True,
        "at": "2026-11-20T09:00:00Z",
        "problems": [],
        "dropped": [],
    }


def test_a_report_names_what_is_wrong_or_what_was_lost(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.lost = [LOST]
    assert desk.reloader.reload().to_json()["dropped"] == [
        {
            "world": "default",
            "contract": "shop",
            "collection": "books",
            "key": "b1",
            "reason": "title must be a string",
        }
    ]
    assert "world default: shop/books b1: title must be a string" in caplog.text


def test_a_requested_reload_is_not_repeated(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    write(desk.part, "8")
    desk.reloader.reload()
    desk.reloader.start()
    write(desk.part, "9")
    desk.until(9)
    desk.reloader.stop(wait=PATIENCE)
    assert desk.tried.qsize() == 2


def test_nothing_is_reloaded_after_stop(desk: Desk) -> None:
    desk.reloader.start()
    desk.reloader.stop(wait=PATIENCE)
    write(desk.part, "2")
    assert desk.tried.empty()
