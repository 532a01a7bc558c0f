"""Every public document starts, answers every GET as it is documented, and ends every list."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
import yaml

from mock_server.app import build_engine
from mock_server.settings import Settings
from tests.corpus.crud import walked
from tests.corpus.documents import WITHOUT_CORPUS, Document, corpus, document_names, document_path
from tests.corpus.survey import Survey, survey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(corpus() is None, reason=WITHOUT_CORPUS),
    pytest.mark.filterwarnings("default"),
]

NAMES = document_names()
WALKS = yaml.safe_load(Path(__file__).with_name("walks.yaml").read_text(encoding="utf-8"))


@cache
def document(name: str) -> Document:
    return Document(document_path(name, Path(mkdtemp())))


@cache
def surveyed(name: str) -> Survey:
    found = document(name)
    if found.version.startswith("2"):
        pytest.skip("Swagger 2.0")
    return survey(found)


@pytest.mark.parametrize("name", NAMES)
def test_the_document_starts(name):
    build_engine(Settings(contracts=(), specs=(document(name).path,)))


@pytest.mark.parametrize("name", NAMES)
def test_every_get_is_answered_as_documented(name):
    assert surveyed(name).wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_list_ends(name):
    assert surveyed(name).list_troubles == []


@pytest.mark.parametrize("name", WALKS)
def test_as_many_collections_as_before_live_as_documented(name):
    walks = walked(document(name))
    wrong = [f"{walk.path}: {walk.step}: {walk.reason}" for walk in walks if walk.step]
    assert len(walks) == WALKS[name]["collections"]
    assert len(walks) - len(wrong) >= WALKS[name]["right"], "\n".join(wrong)
