"""One thread acts at a time; others act while it waits for an answer, and begin while it pauses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.session.turns import Turns

SOON = 0.05
LONG = 10.0


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], None]], threading.Event]]:
    """Does something in another thread, and says when it is done."""
    with ThreadPoolExecutor(4) as pool:

        def start(work: Callable[[], None]) -> threading.Event:
            done = threading.Event()
            pool.submit(work).add_done_callback(lambda _: done.set())
            return done

        yield start


Beside = Callable[[Callable[[], None]], threading.Event]


def acting(turns: Turns) -> Callable[[], None]:
    """Takes a turn."""

    def act() -> None:
        with turns.taken():
            pass

    return act


def test_others_act_only_while_an_answer_is_awaited(beside: Beside) -> None:
    turns = Turns(workers=2)

    with turns.taken():
        done = beside(acting(turns))
        acted_at_once = done.wait(SOON)
        with turns.aside():
            acted_meanwhile = done.wait(LONG)

    assert (acted_at_once, acted_meanwhile) == (False, True)


def test_without_a_free_place_others_begin_only_during_a_pause(beside: Beside) -> None:
    turns = Turns(workers=1)

    with turns.taken():
        done = beside(acting(turns))
        with turns.aside():
            began_aside = done.wait(SOON)
        with turns.away():
            began_away = done.wait(LONG)

    assert (began_aside, began_away) == (False, True)


def test_a_kept_turn_is_given_to_no_other(beside: Beside) -> None:
    turns = Turns(workers=2)

    with turns.taken(), turns.kept():
        done = beside(acting(turns))
        with turns.aside(), turns.away():
            acted = done.wait(SOON)

    assert not acted
    assert done.wait(LONG)


def test_a_thread_without_a_turn_is_not_affected() -> None:
    turns = Turns()

    with turns.aside(), turns.away(), turns.kept():
        pass
    with turns.taken():
        pass
