"""Hostile requests over sockets: the server answers or closes, and stays."""

from __future__ import annotations

import http.client

from tests.hostile.material import Material
from tests.hostile.siege import Findings, besieged, send_broken, send_permitted


def test_the_server_survives_whatever_is_sent() -> None:
    findings, material = Findings(), Material(3)
    with besieged() as server:
        send_permitted(server.port, material, 800, findings)
        send_broken(server.port, material, 400, findings)
        assert findings.failures == []
        assert findings.hangs == []
        assert findings.sent == 1200
        assert server.is_alive
        assert server.tracebacks == 0
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/__admin/health")
        assert connection.getresponse().status == 200
        connection.close()
