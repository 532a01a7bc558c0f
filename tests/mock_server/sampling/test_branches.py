"""Discriminators and flags choose and limit the branches of generated and checked values."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.hierarchies import with_alternatives
from mock_server.contract.validation import SchemaCompiler


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def call(**kind: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", **kind}}}


ALTERNATIVES = {"oneOf": [reference("Function"), reference("Custom")]}


@pytest.mark.parametrize(
    ("function", "custom", "values"),
    [
        (call(const="function"), call(const="custom"), {"function", "custom"}),
        (call(enum=["fn", "function"]), call(enum=["custom"]), {"fn", "custom"}),
        (call(), call(), {"Function", "Custom"}),
    ],
    ids=["const", "enum", "names of components"],
)
def test_without_mapping_the_branches_own_values_count(sampler, function, custom, values):
    schema = {**ALTERNATIVES, "discriminator": {"propertyName": "type"}}
    made = sampler(Function=function, Custom=custom)
    assert {made.valid_value(schema, ("calls", number))["type"] for number in range(20)} == values


def test_a_mapping_limits_what_is_accepted(sampler):
    mapping = {"fn": reference("Function")["$ref"], "own": reference("Custom")["$ref"]}
    schema = {**ALTERNATIVES, "discriminator": {"propertyName": "type", "mapping": mapping}}
    custom = {**call(), "required": ["type", "input"]}
    made = sampler(Function=call(), Custom=custom)
    assert made.holds(schema, {"type": "fn"})
    assert not made.holds(schema, {"type": "own"})
    assert not made.holds(schema, {"type": "other"})
    generated = [made.valid_value(schema, ("calls", number)) for number in range(20)]
    assert {value["type"] for value in generated} == {"fn", "own"}


def extending(name: str, **more: Any) -> dict[str, Any]:
    return {"allOf": [reference(name), {"type": "object", **more}]}


@pytest.mark.parametrize(
    ("mapping", "kinds"),
    [
        ({}, {"Lion", "Dog"}),
        ({"cat": reference("Cat")["$ref"]}, {"cat", "Lion", "Dog"}),
        ({"pet": reference("Pet")["$ref"]}, {"pet", "Lion", "Dog"}),
    ],
    ids=["names", "some values", "the base itself"],
)
def test_a_base_with_a_discriminator_is_one_of_the_schemas_that_extend_it(sampler, mapping, kinds):
    schemas = {
        "Pet": {**call(), "discriminator": {"propertyName": "type", "mapping": mapping}},
        "Cat": extending("Pet", required=["lives"], properties={"lives": {"type": "integer"}}),
        "Lion": extending("Cat", properties={"mane": {"type": "boolean"}}),
        "Dog": extending("Pet", properties={"bark": {"type": "string"}}),
    }
    made = sampler(**with_alternatives(schemas))
    values = [made.valid_value(reference("Pet"), ("pets", number)) for number in range(30)]
    assert {value["type"] for value in values} == kinds
    assert all("lives" in value for value in values if value["type"] in {"cat", "Cat", "Lion"})
    assert not made.holds(reference("Pet"), {"type": "other"})


def test_a_base_without_extensions_stays_what_it_is():
    schemas = {"Pet": {**call(), "discriminator": {"propertyName": "type"}}}
    assert with_alternatives(schemas) == schemas


@pytest.mark.parametrize("flag", ["readOnly", "writeOnly"])
@pytest.mark.parametrize("composition", ["in a branch", "in a component", "in a nested component"])
def test_a_flag_in_one_branch_exempts_from_required_in_another(sampler, flag, composition):
    base = {
        "type": "object",
        "properties": {"id": {"type": "integer", flag: True}, "name": {"type": "string"}},
    }
    demand = {"type": "object", "required": ["id", "name"]}
    schema = {
        "in a branch": {"allOf": [reference("Base"), demand]},
        "in a component": {"allOf": [reference("Base"), reference("Demand")]},
        "in a nested component": {"allOf": [reference("Base"), {"allOf": [reference("Demand")]}]},
    }[composition]
    contract = sampler(Base=base, Demand=demand).contract
    compiler = SchemaCompiler(contract)
    sent, received = (compiler.check(schema, sent=sent, place="x") for sent in (True, False))
    assert sent.holds({"name": "a"}) == (flag == "readOnly")
    assert received.holds({"name": "a"}) == (flag == "writeOnly")
    assert not sent.holds({"id": 1})
    assert not received.holds({"id": 1})
