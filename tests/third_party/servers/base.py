"""What the runner needs to know about a server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.third_party.environment import Environment

CLOSED_PORT = "http://127.0.0.1:9"
"""Nothing listens there: a proxy of this address keeps a server from calling anything outside."""

State = dict[str, object]
"""What a server holds, by a name of each object that contains its key."""


@dataclass(frozen=True)
class Deployment:
    """A running server.

    folder: its data, empty at the start. port: the one it listens on. environment: its programs.
    """

    folder: Path
    port: int
    environment: Environment

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Target:
    """What a user of the server would write into the target file.

    base_url: with the path that the document's paths follow. lines: TOML below the contract's heading, other
    tables named `CONTRACT.<table>`. tags: those of the operations that are judged; all when empty.
    """

    base_url: str
    lines: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


class Server(ABC):
    """A server that other people wrote.

    ready: a path that answers 200 once it has started.
    """

    ready: str

    @abstractmethod
    def command(self, deployment: Deployment) -> list[str]:
        """The command that starts it in the foreground, after any preparation of its folder."""

    def env(self, deployment: Deployment) -> dict[str, str]:
        """Environment variables beyond the common ones."""
        del deployment
        return {}

    @abstractmethod
    def document(self, deployment: Deployment) -> tuple[str, bytes]:
        """Its own OpenAPI document: a file name and the content."""

    @abstractmethod
    def seed(self, deployment: Deployment) -> Target:
        """Creates objects in every collection, which the harness has to leave alone; says how to test."""

    @abstractmethod
    def snapshot(self, deployment: Deployment) -> State:
        """Everything it holds, without values that change by themselves."""


def call(client: httpx.Client, method: str, path: str, body: object = None) -> httpx.Response:
    """An answer of the server; raises `httpx.HTTPStatusError` for a refusal."""
    response = client.request(method, path, json=body) if body is not None else client.request(method, path)
    return response.raise_for_status()
