"""Successes with another status or body, where the documents leave these open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.variants.seam import Answer, Asked, Serve, Transformation

NOTHING = "nothing"


def answered(contract: str, *, operations: list[str], status: int, body: Any = None) -> Transformation:
    """Successes of these operations have this status. body: another body; `nothing` for none."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation not in operations or not answer.is_success:
            return answer
        if body == NOTHING:
            return answer.empty(status)
        return (answer if body is None else answer.with_value(body)).with_status(status)

    return transformation


def null_bodies(contract: str, *, operations: list[str]) -> Transformation:
    """200 with null, as a FastAPI route has it that returns nothing."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation not in operations or not answer.is_success:
            return answer
        return answer.with_value(None).with_status(200)

    return transformation


def bare(contract: str) -> Transformation:
    """What is elsewhere under data, without it."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        value = answer.value
        return answer.with_value(value["data"]) if isinstance(value, Mapping) and "data" in value else answer

    return transformation


def bare_answers(contract: str, *, operations: list[str]) -> Transformation:
    """What these operations answer under data, without it."""
    whole = bare(contract)

    def transformation(asked: Asked, serve: Serve) -> Answer:
        return whole(asked, serve) if asked.operation in operations else serve(asked)

    return transformation


def outside_service_down(contract: str, *, operations: Mapping[str, int]) -> Transformation:
    """What calls on the outside service fails, once it is allowed at all."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation not in operations or not answer.is_success:
            return answer
        text = "The system could not be reached."
        return answer.with_value({"message": text}).with_status(operations[asked.operation])

    return transformation
