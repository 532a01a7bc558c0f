"""Every planted defect cites what it breaks and changes a server into one that can still be compiled."""

from __future__ import annotations

import re

import pytest

from tests.independent.servers import HERE, SERVERS, defects


@pytest.mark.parametrize("server", SERVERS)
def test_defects_cite_a_sentence_or_none(server: str):
    cited = {defect.id: defect.breaks for defect in defects(server)}
    assert {key: text for key, text in cited.items() if not re.match(r"none$|00[0-4]:\d+ ", text)} == {}


@pytest.mark.parametrize("server", SERVERS)
def test_ids_of_defects_are_unique(server: str):
    ids = [defect.id for defect in defects(server)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("server", SERVERS)
def test_edits_of_defects_apply(server: str):
    for defect in defects(server):
        texts = {edit.file: (HERE / edit.file).read_text(encoding="utf-8") for edit in defect.edits}
        for edit in defect.edits:
            assert texts[edit.file].count(edit.find) == 1, (defect.id, edit.find)
            texts[edit.file] = texts[edit.file].replace(edit.find, edit.replace)
        for file, text in texts.items():
            if file.endswith(".py"):
                compile(text, file, "exec")
