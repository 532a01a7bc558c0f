"""A secret is found in an answer that shows it plain or encoded."""

from __future__ import annotations

from base64 import b64encode

import pytest

from contract_tests.generation.canaries import Canaries


@pytest.mark.parametrize("before", ["", "a", "ab", '{"token": "'])
@pytest.mark.parametrize("after", ["", "z", "zz", '"}'])
def test_a_secret_is_found_in_base64_wherever_it_begins(before: str, after: str) -> None:
    canaries = Canaries()
    value = canaries.make(("token",))

    encoded = b64encode(f"{before}{value}{after}".encode()).decode()

    assert [canary.value for canary in canaries.found_in(f'{{"note": "{encoded}"}}')] == [value]


def test_a_secret_is_found_in_hexadecimal_digits_and_plain() -> None:
    canaries = Canaries()
    value = canaries.make(("token",))

    assert [*canaries.found_in(value.encode().hex())] == [*canaries.found_in(f"x{value}x")] != []
    assert not [*canaries.found_in("canary and Y2FuYXJ5")]
