"""Idempotency: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("idempotency")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("keys-ignored", "createTool.idempotency.repeat"),
        ("keys-ignored", "createTool.idempotency.one-thing"),
        ("keys-ignored", "createTool.idempotency.together"),
        ("last-key-only", "createTool.idempotency.repeat"),
        ("long-key-500", "createTool.idempotency.long-key"),
        ("makes-without-key", "createTool.idempotency.without-key"),
        ("one-key", "createTool.idempotency.other-key"),
        ("keys-by-length", "createTool.idempotency.keys-apart"),
        ("key-reused", "createTool.idempotency.other-body"),
        ("poisoned-key", "createTool.idempotency.not-used-up"),
        ("stranger-uses-key", "createTool.idempotency.not-known"),
        ("key-for-anyone", "createTool.idempotency.refused-caller"),
        ("key-of-all-teams", "createTool.idempotency.other-parent"),
        ("key-of-all-teams", "createTool.idempotency.other-owner"),
        ("empty-keys", "createTool.idempotency.empty-key"),
        ("forgets-after-other", "createTool.idempotency.after-other-body"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
