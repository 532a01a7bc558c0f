"""Lifecycle: a conforming API passes; each planted defect breaks the requirement that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_conforming_api_passes(assert_conforms: Callable[[str], None]) -> None:
    assert_conforms("lifecycle")


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("drops-note", "createTool.lifecycle.echo.note"),
        ("ascii-only", "createTool.lifecycle.letters.name"),
        ("flattens-spec", "createTool.lifecycle.form.spec"),
        ("other-default", "createTool.lifecycle.default.weight"),
        ("wrong-team", "createTool.lifecycle.names-its-parents"),
        ("same-id", "createTool.lifecycle.unique-id"),
        ("takes-id", "createTool.lifecycle.server-sets"),
        ("changed-before-made", "createTool.lifecycle.times"),
        ("old-loans", "createLoan.lifecycle.times"),
        ("other-answer", "updateTool.lifecycle.changes.name"),
        ("not-kept", "getTool.lifecycle.read-your-writes"),
        ("lists-one-twice", "listTools.lifecycle.listed-once"),
        ("list-differs", "listTools.lifecycle.listed-once"),
        ("lost-update", "updateTool.lifecycle.changes.name"),
        ("lost-update", "updateTool.lifecycle.replaces.spec"),
        ("update-resets", "updateTool.lifecycle.changes.kind"),
        ("update-resets", "updateTool.lifecycle.changes-nothing"),
        ("null-ignored", "updateTool.lifecycle.clears.note"),
        ("takes-created", "updateTool.lifecycle.keeps-fixed"),
        ("half-updated", "updateTool.lifecycle.refused-changes-nothing"),
        ("traces-refused", "createTool.lifecycle.refused-leaves-nothing"),
        ("delete-forgets", "deleteTool.lifecycle.not-listed"),
        ("delete-forgets", "deleteTool.lifecycle.gone.getTool"),
        ("delete-forgets", "deleteTool.lifecycle.gone.updateTool"),
        ("loans-stay", "deleteTool.lifecycle.gone.getLoan"),
    ],
)
def test_a_planted_defect_is_named(
    defect: str, requirement: str, assert_named: Callable[[str, str], None]
) -> None:
    assert_named(defect, requirement)
