"""The proxy of a plan changes the exchanges that its rules name, and no others."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from contract_tests.proof.plan import Rule
from contract_tests.proof.rewriting import defective


class Echo(BaseHTTPRequestHandler):
    """Answers with what it received."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_GET(self) -> None:
        type(self).count += 1
        size = int(self.headers.get("Content-Length") or 0)
        seen = {
            "method": self.command,
            "path": self.path,
            "token": self.headers.get("Authorization"),
            "sent": self.rfile.read(size).decode(),
            "items": [{"n": 1}, {"n": 2}],
            "count": self.count,
        }
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Seen", "yes")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names of the base class

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[str]:
    Echo.count = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


@pytest.mark.parametrize(
    ("rule", "member", "value"),
    [
        ({"set": {"/method": "X"}}, "method", "X"),
        ({"remove": ["/method"]}, "method", None),
        ({"copy": {"/path": "method"}}, "method", "/api/a?b=c%20d"),
        ({"items": {"/items": "drop_last"}}, "items", [{"n": 1}]),
        ({"items": {"/items": "reverse"}}, "items", [{"n": 2}, {"n": 1}]),
        ({"set": {"/items/*/n": 5}}, "items", [{"n": 5}, {"n": 5}]),
        ({"replace": [{"find": "POST", "by": "PAST"}]}, "method", "PAST"),
        ({"send_as": "put"}, "method", "PUT"),
        ({"drop_query": ["b"]}, "path", "/api/a"),
        ({"set_query": {"b": "e"}}, "path", "/api/a?b=e"),
        ({"path": "/{one}", "send_to": "/z/{one}"}, "path", "/api/z/a?b=c+d"),
        ({"set_sent": {"/x": 2}}, "sent", '{"x": 2}'),
        ({"send_header": {"authorization": "b"}}, "token", "b"),
        ({"send_header": {"authorization": ""}}, "token", None),
        ({"path": "/other", "set": {"/method": "X"}}, "method", "POST"),
        ({"statuses": [404], "set": {"/method": "X"}}, "method", "POST"),
        ({"with_query": ["c"], "set": {"/method": "X"}}, "method", "POST"),
        ({"with_query": ["b"], "set": {"/method": "X"}}, "method", "X"),
    ],
)
def test_a_rule_changes_what_it_says(upstream: str, rule: dict[str, Any], member: str, value: Any) -> None:
    with defective(upstream, [Rule.model_validate(rule)]) as base_url:
        headers = {"authorization": "a"}
        answer = httpx.post(f"{base_url}/a?b=c%20d", json={"x": 1}, headers=headers).json()

    assert answer.get(member) == value


def test_an_answer_of_a_rule_does_not_reach_the_server(upstream: str) -> None:
    rule = Rule.model_validate({"methods": ["DELETE"], "answer": {"status": 204}})
    with defective(upstream, [rule]) as base_url:
        assert httpx.delete(f"{base_url}/a").status_code == 204
        assert httpx.get(f"{base_url}/a").json()["count"] == 1


def test_a_request_is_sent_twice_and_a_first_answer_is_remembered(upstream: str) -> None:
    rules = [Rule(methods=("POST",), twice=True), Rule(methods=("GET",), remember=True)]
    with defective(upstream, rules) as base_url, httpx.Client(base_url=base_url) as client:
        counts = [client.request(method, "/a").json()["count"] for method in ("GET", "POST", "GET", "POST")]

    assert counts == [1, 2, 1, 5]


def test_every_second_exchange_is_changed(upstream: str) -> None:
    rule = Rule.model_validate({"every": 2, "to_status": 500, "drop_header": ["x-seen"]})
    with defective(upstream, [rule]) as base_url, httpx.Client(base_url=base_url) as client:
        answers = [client.get("/a") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 500, 200, 500]
    assert ["x-seen" in answer.headers for answer in answers] == [True, False, True, False]


def test_a_server_that_does_not_answer_is_a_bad_gateway() -> None:
    with defective("http://127.0.0.1:9", [Rule(twice=True)]) as base_url:
        assert httpx.get(base_url).status_code == 502
