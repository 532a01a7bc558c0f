"""What is secret in a record, by the spec and by the behaviour file."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.app import build_engine
from mock_server.data import fixtures_dir
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.redaction import SecretMemory, Secrets
from mock_server.redaction.credentials import written_forms
from mock_server.settings import Settings
from mock_server.yaml_file import read_yaml

MASKED = "**********"


@pytest.fixture(scope="module")
def contracts() -> dict[str, MountedContract]:
    return dict(build_engine(Settings()).context.contracts)


@pytest.fixture(scope="module")
def secrets(contracts: dict[str, MountedContract]) -> Secrets:
    return Secrets.of(*contracts.values())


def test_a_connector_shows_no_credential_and_keeps_its_other_members(secrets: Secrets) -> None:
    record = {"id": "1", "credential": {"access_token": "s"}, "space_id": "2", "scope_config": {"a": "b"}}
    assert secrets.mask_record("aimable/connectors", record) == {**record, "credential": {}}


def test_a_provider_shows_the_schema_of_its_configuration_but_not_the_configuration(secrets: Secrets) -> None:
    record: dict[str, Any] = {
        "config_schema": {"client_secret": {"type": "string"}},
        "config": {"client_secret": "s"},
    }
    assert secrets.mask_record("aimable/providers", record) == {**record, "config": {}}


def test_a_collection_can_be_named_by_itself(secrets: Secrets, contracts: dict[str, MountedContract]) -> None:
    instances = contracts["hydracore"].behaviours.collections["instances"]
    assert secrets.mask_record(instances, {"id": "1", "proxy_key": "s"}) == {"id": "1", "proxy_key": MASKED}


@pytest.mark.parametrize(
    ("flag", "shown"), [(True, "********"), ("1", "********"), (False, "v"), (None, "v")]
)
def test_a_variable_is_masked_while_it_is_secret(secrets: Secrets, flag: Any, shown: str) -> None:
    record = {"key": "k", "value": "v", "secret": flag}
    assert secrets.mask_record("patchworks/variables", record) == {**record, "value": shown}


def test_an_undeclared_record_is_masked_by_member_names_at_any_depth(secrets: Secrets) -> None:
    kept = {"answer": {"data": [{"credentials": {"t": "s"}, "proxy_key": "s", "name": "n"}]}}
    masked = {"answer": {"data": [{"credentials": {}, "proxy_key": MASKED, "name": "n"}]}}
    assert secrets.mask_record("hydracore/idempotency", kept) == masked


def test_null_tells_nothing_and_stays(secrets: Secrets) -> None:
    assert secrets.mask({"credential": None, "client_secret": None}) == {
        "credential": None,
        "client_secret": None,
    }


def test_every_credential_of_the_seed_data_is_masked(
    secrets: Secrets, contracts: dict[str, MountedContract]
) -> None:
    seen = 0
    for mounted in contracts.values():
        for collection in mounted.behaviours.collections.values():
            for record in read_yaml(fixtures_dir() / f"{collection.fixture}.yaml")["records"]:
                seen += 1
                told = str(secrets.mask_record(collection, record)).replace("mock-certificate-", "")
                assert "mock-" not in told, collection.name
    assert seen > 100


def test_an_export_masks_texts_below_names_that_suggest_secrets_and_keeps_their_shape(
    secrets: Secrets,
) -> None:
    record = {
        "access_token": "abc",
        "session_secret": {"versions": ["one", 2, None], "active": True},
        "hooks": [{"password": "x", "url": "https://h"}],
        "page_token": "abc",
        "name": "abc",
    }
    assert secrets.mask_for_export("aimable/connectors", record) == {
        "access_token": MASKED,
        "session_secret": {"versions": [MASKED, 2, None], "active": True},
        "hooks": [{"password": MASKED, "url": "https://h"}],
        "page_token": "abc",
        "name": "abc",
    }


@pytest.mark.parametrize("others", [0, 900])
@pytest.mark.parametrize("around", ["", "x" * 40, "ab/+é" * 400])
def test_remembered_secrets_are_found_in_every_form_however_many_there_are(others: int, around: str) -> None:
    secrets = ["ab/+é secret é", "Ã©Ã©Ã©Ã©Ã©Ã©", 'with "quotes" and \\']
    secrets += [f"other-{number:09}" for number in range(others)]
    memory = SecretMemory()
    memory.add(secrets)
    forms = written_forms(secrets)
    for form in written_forms(secrets[:3]):
        text = f"{around}{form}{around}"
        assert set(memory.forms_in(text)) == {other for other in forms if other in text}
