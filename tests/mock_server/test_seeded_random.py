"""SeededRandom: a value belongs to its seed and place, and to nothing else."""

from __future__ import annotations

from uuid import UUID

from mock_server.seeded_random import SeededRandom


def test_equal_seed_and_place_give_an_equal_value_whatever_was_asked_before() -> None:
    one, other = SeededRandom(7), SeededRandom(7)
    other.integer(0, 10, "elsewhere", "k", "f")
    assert one.integer(0, 10**9, "things", "k", "f") == other.integer(0, 10**9, "things", "k", "f")


def test_another_seed_or_place_gives_another_value() -> None:
    values = {
        SeededRandom(seed).uuid(*place)
        for seed in (1, 2)
        for place in [("a", "b"), ("ab",), ("a", 1), ("a", "1"), ("b", "a")]
    }
    assert len(values) == 10


def test_values_keep_their_bounds() -> None:
    rng = SeededRandom(3)
    drawn = {rng.integer(1, 3, "x", n) for n in range(100)}
    assert drawn == {1, 2, 3}
    assert {rng.choice("ab", n) for n in range(50)} == {"a", "b"}
    assert all(0 <= rng.fraction(n) < 1 for n in range(100))
    assert UUID(rng.uuid("x")).version == 4
