"""Faults of the transport: the reply is delayed, slow, cut off or not sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from math import exp
from typing import Any, ClassVar, Self

from mock_server.faults.fault import (
    Argument,
    DeclaredReply,
    Draw,
    ErrorFault,
    Form,
    ResponseFault,
    RuleCount,
)
from mock_server.messages import Response, Transmission
from mock_server.object_reader import ObjectReader, is_number

MAX_LATENCY_MS = 60_000
MAX_BODY_SECONDS = 60
MAX_BYTES = 10_000_000
UNSEEN_STATUS = 502
"""The status of a reset connection in the journal, and of the reply where a server cannot reset it."""

_LATENCY_FORMS = ("fixed_ms", "uniform_ms", "lognormal")
_MILLISECONDS = {"$ref": "#/components/schemas/Milliseconds"}


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A log-normal distribution of milliseconds, limited to a maximum.

    sigma: the standard deviation of the logarithm.
    """

    median_ms: float
    sigma: float
    cap_ms: float = MAX_LATENCY_MS

    def to_json(self) -> dict[str, Any]:
        """As `Latency.read` takes it."""
        return {"median_ms": self.median_ms, "sigma": self.sigma, "cap_ms": self.cap_ms}

    def at(self, fraction: float) -> float:
        """The quantile of a fraction from 0 to 1."""
        from statistics import NormalDist  # loads decimal and fractions, and few faults need it

        # The inverse of the normal distribution is infinite at 0 and 1.
        tail = min(max(fraction, 2**-53), 1 - 2**-53)
        return min(self.median_ms * exp(self.sigma * NormalDist().inv_cdf(tail)), self.cap_ms)


@dataclass(frozen=True, slots=True)
class Latency(ResponseFault):
    """A delay before the first byte of the reply, in real milliseconds. Exactly one of the three is set."""

    kind: ClassVar[str] = "latency"
    label: ClassVar[str] = "Latency"
    group: ClassVar[str] = "Delays"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "FixedLatencyFault",
            "The response is delayed by a fixed time.",
            (
                Argument(
                    "fixed_ms",
                    _MILLISECONDS,
                    required=True,
                    label="Milliseconds",
                    value="2000",
                    words="{} ms",
                ),
            ),
            label="Fixed",
        ),
        Form(
            "UniformLatencyFault",
            "The response is delayed by a random time, uniformly distributed over a range.",
            (
                Argument(
                    "uniform_ms",
                    {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": _MILLISECONDS,
                        "description": "The bounds of the range, in any order.",
                    },
                    required=True,
                    label="Minimum and maximum, in milliseconds",
                    value="200, 1500",
                    words="{} ms",
                ),
            ),
            label="Uniform",
        ),
        Form(
            "LognormalLatencyFault",
            "The response is delayed by a random time with a log-normal distribution.",
            (
                Argument(
                    "lognormal",
                    {"type": "object"},
                    required=True,
                    words="{}",
                    members=(
                        Argument("median_ms", _MILLISECONDS, required=True, label="Median, ms", value="300"),
                        Argument(
                            "sigma",
                            {
                                "type": "number",
                                "minimum": 0,
                                "maximum": 5,
                                "description": "The standard deviation of the logarithm of the delay.",
                            },
                            required=True,
                            label="Sigma",
                            value="0.8",
                        ),
                        Argument(
                            "cap_ms",
                            {
                                "type": "number",
                                "minimum": 0,
                                "maximum": MAX_LATENCY_MS,
                                "default": MAX_LATENCY_MS,
                                "description": "The maximum delay in milliseconds.",
                            },
                            label="Maximum, ms",
                            value="5000",
                        ),
                    ),
                ),
            ),
            label="Log-normal (mostly fast, with a long tail)",
        ),
    )
    fixed_ms: float | None = None
    uniform_ms: tuple[float, float] | None = None
    lognormal: LogNormal | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        if sum(form in reader for form in _LATENCY_FORMS) != 1:
            raise reader.refuse(None, f"latency takes exactly one of: {', '.join(_LATENCY_FORMS)}")
        return cls(
            reader.number("fixed_ms", 0, MAX_LATENCY_MS),
            _bounds(reader),
            _lognormal(reader.inside("lognormal")),
        )

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:  # noqa: ARG002
        wait = response.delivery.wait + self.milliseconds(draw) / 1000
        return replace(response, delivery=replace(response.delivery, wait=wait))

    def milliseconds(self, draw: Draw) -> float:
        """The delay of this hit, in milliseconds."""
        if self.lognormal is not None:
            return self.lognormal.at(draw.fraction("latency"))
        if self.uniform_ms is not None:
            low, high = sorted(self.uniform_ms)
            return min(low + (high - low) * draw.fraction("latency"), high)
        return self.fixed_ms or 0.0


def _bounds(reader: ObjectReader) -> tuple[float, float] | None:
    if "uniform_ms" not in reader:
        return None
    ends = reader.take("uniform_ms")
    is_pair = isinstance(ends, list) and len(ends) == 2
    if not is_pair or not all(is_number(end, 0, MAX_LATENCY_MS) for end in ends):
        raise reader.refuse("uniform_ms", f"must be a list of two numbers from 0 to {MAX_LATENCY_MS}")
    return ends[0], ends[1]


def _lognormal(reader: ObjectReader | None) -> LogNormal | None:
    if reader is None:
        return None
    median = reader.number("median_ms", 0, MAX_LATENCY_MS, required=True)
    sigma = reader.number("sigma", 0, 5, required=True)
    cap = reader.number("cap_ms", 0, MAX_LATENCY_MS)
    reader.done()
    return LogNormal(median or 0, sigma or 0, MAX_LATENCY_MS if cap is None else cap)


@dataclass(frozen=True, slots=True)
class SlowBody(ResponseFault):
    """A limited rate of the body, in bytes per real second; faster where the body would take over a
    minute."""

    kind: ClassVar[str] = "slow_body"
    label: ClassVar[str] = "Slow body"
    group: ClassVar[str] = "Delays"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "SlowBodyFault",
            "The body is sent slowly.",
            (
                Argument(
                    "bytes_per_second",
                    {"type": "integer", "minimum": 1, "maximum": MAX_BYTES},
                    required=True,
                    label="Bytes per second",
                    value="200",
                    words="{} bytes per second",
                ),
            ),
        ),
    )
    bytes_per_second: int

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        return cls(reader.integer("bytes_per_second", 1, MAX_BYTES, required=True) or 1)

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:  # noqa: ARG002
        if not response.body:
            return response
        pace = max(float(self.bytes_per_second), len(response.body) / MAX_BODY_SECONDS)
        return replace(response, delivery=replace(response.delivery, pace=pace))


@dataclass(frozen=True, slots=True)
class Truncate(ResponseFault):
    """The connection ends before the whole body is sent, at least one byte too early.

    bytes: the number of bytes to send. fraction: the share of the body to send. Default: half of the body.
    """

    kind: ClassVar[str] = "truncate"
    label: ClassVar[str] = "Truncated body"
    group: ClassVar[str] = "Transport failures"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "TruncateFault",
            "The connection is closed after a number of bytes of the body; if omitted, after half of it.",
            (
                Argument(
                    "bytes", {"type": "integer", "minimum": 0, "maximum": MAX_BYTES}, words="after {} bytes"
                ),
            ),
        ),
        Form(
            "TruncateShareFault",
            "The connection is closed after a fraction of the body.",
            (
                Argument(
                    "fraction",
                    {"type": "number", "minimum": 0, "maximum": 1},
                    required=True,
                    label="Fraction of the body that is sent",
                    value="0.5",
                    words="{} of the body is sent",
                ),
            ),
        ),
    )
    bytes: int | None = None
    fraction: float | None = None

    @classmethod
    def read(cls, reader: ObjectReader) -> Self:
        if "bytes" in reader and "fraction" in reader:
            raise reader.refuse(None, "truncate takes bytes or fraction, not both")
        return cls(reader.integer("bytes", 0, MAX_BYTES), reader.number("fraction", 0, 1))

    def mutate_response(self, response: Response, draw: Draw, declared: DeclaredReply) -> Response:  # noqa: ARG002
        if not response.body:
            return response
        length = len(response.body)
        fraction = 0.5 if self.fraction is None else self.fraction
        sent = int(length * fraction) if self.bytes is None else self.bytes
        return replace(response, delivery=replace(response.delivery, cut=min(sent, length - 1)))


@dataclass(frozen=True, slots=True)
class Reset(ErrorFault):
    """The connection is reset before the first byte of the reply."""

    kind: ClassVar[str] = "reset"
    label: ClassVar[str] = "Connection reset"
    group: ClassVar[str] = "Transport failures"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form(
            "PlainFault",
            "The connection is reset instead of a response, or the body is not valid JSON.",
        ),
    )

    def answer(self, count: RuleCount, now: datetime) -> Response:  # noqa: ARG002
        return Response(UNSEEN_STATUS, {}, delivery=Transmission(reset=True))
