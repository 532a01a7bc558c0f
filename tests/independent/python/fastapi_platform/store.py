"""The providers, which of them are set up, and what the list of them lately showed."""

import json
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.independent.python.formats import now
from tests.independent.python.serving import Choices

ACTIVATION_SECONDS = 0.3


@dataclass(frozen=True)
class State:
    """Whether a provider may be used, and since when it is configured."""

    active: bool = False
    configured_at: datetime | None = None


@dataclass
class Provider:
    number: int
    id: str
    provider_slug: str
    name: str
    description: str
    capabilities: list[str]
    requirements: dict[str, dict[str, Any]]
    config: dict[str, Any] | None
    state: State = State()
    history: list[tuple[float, State]] = field(default_factory=list)

    def state_at(self, moment: float) -> State:
        """Return the state at a moment of the monotonic clock, in seconds."""
        return next((state for since, state in reversed(self.history) if since <= moment), State())


class Store:
    """The state of the platform, guarded by `lock`."""

    def __init__(self, choices: Choices) -> None:
        seed = json.loads(Path(__file__).with_name("seed.json").read_text("utf-8"))
        self.choices = choices
        self.lock = threading.RLock()
        self.api_keys: list[str] = seed["api_keys"]
        self.providers = {entry["provider_slug"]: Provider(**entry) for entry in seed["providers"]}
        for provider in self.providers.values():
            if provider.config is not None:
                state = State(active=True, configured_at=datetime(2024, 3, 1, 9, 30, tzinfo=UTC))
                self.set_state(provider, state, since=0.0)

    def find(self, slug: str) -> Provider | None:
        return self.providers.get(slug.lower() if self.choices["slug_case"] == "folded" else slug)

    def listed(self) -> list[tuple[Provider, State]]:
        """Return the providers with the states that the list shows, `list_lag_ms` behind."""
        moment = time.monotonic() - int(self.choices["list_lag_ms"]) / 1000
        providers = list(self.providers.values())
        if self.choices["list_order"] == "by_slug":
            providers.sort(key=lambda provider: provider.provider_slug)
        if self.choices["list_order"] == "active_first":
            providers.sort(key=lambda provider: not provider.state.active)
        return [(provider, provider.state_at(moment)) for provider in providers]

    def configure(self, provider: Provider, config: dict[str, Any]) -> None:
        """Keep a configuration; unless activation happens in the background, it takes effect at once."""
        provider.config = config
        self.set_state(provider, State(self.choices["activation"] == "immediate", now()))

    def activate_later(self, provider: Provider) -> None:
        """Wait for the external service to accept the configuration, then make the provider active."""
        config = provider.config
        time.sleep(ACTIVATION_SECONDS)
        with self.lock:
            if provider.config is config:
                self.set_state(provider, replace(provider.state, active=True))

    def reset(self, provider: Provider) -> None:
        provider.config = None
        self.set_state(provider, State())

    def set_state(self, provider: Provider, state: State, since: float | None = None) -> None:
        provider.state = state
        provider.history.append((time.monotonic() if since is None else since, state))
        del provider.history[:-50]
