"""Replies come late: always the same, evenly spread, or mostly quick with a long tail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp
from statistics import NormalDist
from typing import Any, ClassVar, Self

from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader, is_number

LONGEST_MS = 60_000
_FORMS = ("fixed_ms", "uniform_ms", "lognormal")


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Milliseconds whose logarithm is normal: half lie below the median, none above the cap."""

    median_ms: float
    sigma: float
    cap_ms: float = LONGEST_MS

    def to_json(self) -> dict[str, Any]:
        """As `Latency.read` takes it."""
        return {"median_ms": self.median_ms, "sigma": self.sigma, "cap_ms": self.cap_ms}

    def at(self, fraction: float) -> float:
        """The value below which this fraction of all values lies."""
        tail = min(max(fraction, 2**-53), 1 - 2**-53)
        return min(self.median_ms * exp(self.sigma * NormalDist().inv_cdf(tail)), self.cap_ms)


@dataclass(frozen=True, slots=True)
class Latency(ResponseFault):
    """Time before the first byte, in milliseconds of real time; exactly one of the three is given."""

    kind: ClassVar[str] = "latency"
    anywhere: ClassVar[bool] = True
    fixed_ms: float | None = None
    uniform_ms: tuple[float, float] | None = None
    lognormal: LogNormal | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        if sum(form in members for form in _FORMS) != 1:
            raise members.refuse(None, f"latency takes exactly one of: {', '.join(_FORMS)}")
        return cls(
            members.number("fixed_ms", 0, LONGEST_MS),
            _bounds(members),
            _lognormal(members.inside("lognormal")),
        )

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:  # noqa: ARG002
        wait = response.delivery.wait + self.milliseconds(draw) / 1000
        return replace(response, delivery=replace(response.delivery, wait=wait))

    def milliseconds(self, draw: Draw) -> float:
        """How long this hit takes."""
        if self.lognormal is not None:
            return self.lognormal.at(draw.fraction("latency"))
        if self.uniform_ms is not None:
            low, high = sorted(self.uniform_ms)
            return min(low + (high - low) * draw.fraction("latency"), high)
        return self.fixed_ms or 0.0


def _bounds(members: ObjectReader) -> tuple[float, float] | None:
    if "uniform_ms" not in members:
        return None
    value = members.take("uniform_ms")
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(is_number(one, 0, LONGEST_MS) for one in value)
    ):
        raise members.refuse("uniform_ms", f"must be a list of two numbers from 0 to {LONGEST_MS}")
    return value[0], value[1]


def _lognormal(members: ObjectReader | None) -> LogNormal | None:
    if members is None:
        return None
    median = members.number("median_ms", 0, LONGEST_MS, required=True)
    sigma = members.number("sigma", 0, 5, required=True)
    cap = members.number("cap_ms", 0, LONGEST_MS)
    members.done()
    return LogNormal(median or 0, sigma or 0, LONGEST_MS if cap is None else cap)
