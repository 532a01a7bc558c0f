"""Servers that other people wrote, by the name the command takes."""

from __future__ import annotations

from tests.third_party.servers.base import Server
from tests.third_party.servers.changedetection import ChangeDetection
from tests.third_party.servers.kinto import Kinto
from tests.third_party.servers.loopback import LoopBack
from tests.third_party.servers.prefect import Prefect

SERVERS: dict[str, Server] = {
    "kinto": Kinto(),
    "loopback": LoopBack(),
    "changedetection": ChangeDetection(),
    "prefect": Prefect(),
}
