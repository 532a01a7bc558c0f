"""Targets behind a private CA, mutual TLS, a proxy or a socket, and credentials that expire: real servers."""

from __future__ import annotations

import json
import select
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from contract_tests.engine.preflight import preflight
from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.session.client import Client, NoAnswerError, Request
from contract_tests.session.context import RunContext
from contract_tests.target.target_file import Target, TargetError

SHELF = Path(__file__).parents[1] / "shelf.yaml"
CONTRACT = Contract.load("shelf", SHELF)
LIST = Request("listBooks", "GET", "/shelves/one/books")

Answers = Callable[[BaseHTTPRequestHandler], int]
Serve = Callable[..., "Served"]


class Served:
    """A server with what it was asked for: path and headers, lower-case."""

    def __init__(self, server: socketserver.BaseServer, asked: list[tuple[str, dict[str, str]]]) -> None:
        self.server = server
        self.asked = asked

    @property
    def port(self) -> int:
        return self.server.server_address[1]  # type: ignore[return-value, index]

    @property
    def headers(self) -> dict[str, str]:
        """Those of the last request."""
        return self.asked[-1][1]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers, by default with the answer 200 to everything."""
    started: list[socketserver.BaseServer] = []

    def start(
        answers: Answers = lambda _: 200,
        *,
        tls: ssl.SSLContext | None = None,
        server: Callable[..., Any] = ThreadingHTTPServer,
        address: Any = ("127.0.0.1", 0),
    ) -> Served:
        asked: list[tuple[str, dict[str, str]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(answers(self))
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"[]")

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                content = json.dumps({"access_token": f"token-{len(asked)}", "token_type": "Bearer"}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_CONNECT(self) -> None:
                status = answers(self)
                asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(status)
                self.end_headers()
                if status == 200:
                    host, _, port = self.path.rpartition(":")
                    _join(self.connection, (host, int(port)))

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def address_string(self) -> str:
                return ""

        running = server(address, Handler)
        if tls is not None:
            running.socket = tls.wrap_socket(running.socket, server_side=True)
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        started.append(running)
        return Served(running, asked)

    yield start
    for running in started:
        running.shutdown()
        running.server_close()


def _join(client: socket.socket, address: tuple[str, int]) -> None:
    """Carry bytes both ways until one side ends."""
    with socket.create_connection(address) as server:
        other = {client: server, server: client}
        while True:
            for ready in select.select([client, server], [], [])[0]:
                piece = ready.recv(65536)
                if not piece:
                    return
                other[ready].sendall(piece)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _target(tmp_path: Path, text: str) -> Target:
    file = tmp_path / "target.toml"
    file.write_text(f"[contracts.shelf]\nspec = {json.dumps(str(SHELF))}\n{text}", encoding="utf-8")
    return Target.load(file)


def _send(target: Target, request: Request = LIST) -> Exchange:
    client = Client(CONTRACT, target.contracts["shelf"])
    try:
        return client.send(request, on_exchange=lambda _: None)
    finally:
        client.close()


def _server_tls(authority: trustme.CA, *, asks_for_certificate: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def test_a_private_authority_is_trusted_where_the_target_names_it(
    serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    port = serve(tls=_server_tls(authority)).port
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    address = f'base_url = "https://localhost:{port}"\n'

    with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
        _send(_target(tmp_path, address))

    trusting = _target(tmp_path, f'{address}[contracts.shelf.connection]\nca_bundle = "ca.pem"')
    unverified = _target(tmp_path, f"{address}[contracts.shelf.connection]\nverify = false")
    assert (_send(trusting).status, _send(unverified).status) == (200, 200)


def test_a_client_certificate_is_shown(serve: Serve, authority: trustme.CA, tmp_path: Path) -> None:
    port = serve(tls=_server_tls(authority, asks_for_certificate=True)).port
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("tester@example.com").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "client.pem"
    )
    table = f'base_url = "https://localhost:{port}"\n[contracts.shelf.connection]\nca_bundle = "ca.pem"\n'

    with pytest.raises(NoAnswerError):
        _send(_target(tmp_path, table))

    assert _send(_target(tmp_path, f'{table}client_certificate = "client.pem"')).status == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_asks_for_a_password_is_passed(
    scheme: str, serve: Serve, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def authenticated(handler: BaseHTTPRequestHandler) -> int:
        return 200 if handler.headers["Proxy-Authorization"] == "Basic ZXZlOnB3" else 407

    proxy = serve(authenticated)
    port = serve(tls=_server_tls(authority)).port if scheme == "https" else 80
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("THE_PROXY", f"http://eve:pw@127.0.0.1:{proxy.port}")
    target = _target(
        tmp_path,
        f'base_url = "{scheme}://localhost:{port}"\n'
        '[contracts.shelf.connection]\nca_bundle = "ca.pem"\nproxy = {env = "THE_PROXY"}',
    )

    assert _send(target).status == 200
    wanted = f"localhost:{port}" if scheme == "https" else "http://localhost:80/shelves/one/books"
    assert [path.replace("localhost/", "localhost:80/") for path, _ in proxy.asked] == [wanted]


def test_the_usual_variables_name_a_proxy_but_not_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    target = _target(tmp_path, 'base_url = "https://api.example"')
    connection = target.contracts["shelf"].connection

    assert connection.proxy_for("https://api.example") == "http://proxy.example:3128"
    assert connection.proxy_for("https://inside.example") is None
    assert connection.proxy_for("https://127.0.0.1:8000") is None
    without = _target(
        tmp_path, 'base_url = "https://api.example"\n[contracts.shelf.connection]\nproxy = false'
    )
    assert without.contracts["shelf"].connection.proxy_for("https://api.example") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Unix sockets in http.server")
def test_a_unix_socket_is_reached(serve: Serve, tmp_path: Path) -> None:
    served = serve(server=socketserver.ThreadingUnixStreamServer, address=str(tmp_path / "s"))
    target = _target(
        tmp_path, 'base_url = "http://api.example/v1"\n[contracts.shelf.connection]\nunix_socket = "s"'
    )

    assert _send(target).status == 200
    assert served.asked[0][0] == "/v1/shelves/one/books"


def test_each_request_carries_the_headers_and_cookies_of_the_target(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve()
    monkeypatch.setenv("GATE", "let-me-in")
    target = _target(
        tmp_path,
        f'base_url = "http://127.0.0.1:{served.port}"\n[contracts.shelf.connection]\n'
        'headers = {X-Gate = {env = "GATE"}, Accept = "*/*"}\ncookies = {region = "eu", route = "blue"}',
    )

    _send(target, Request("listBooks", "GET", "/", headers=(("Accept", "application/json"),)))

    carried = {name: served.headers[name] for name in ("x-gate", "cookie", "accept")}
    assert carried == {
        "x-gate": "let-me-in",
        "cookie": "region=eu; route=blue",
        "accept": "application/json",
    }


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('ca_bundle = "missing.pem"', "connection.ca_bundle: "),
        ('client_certificate = "target.toml"', "connection.client_certificate: "),
        ('proxy = {env = "NOT_SET_ANYWHERE"}', "connection.proxy: the environment variable NOT_SET_ANYWHERE"),
        ('headers = {X-A = {env = "NOT_SET_ANYWHERE"}}', "connection.headers.X-A: the environment variable"),
    ],
)
def test_what_cannot_be_used_is_reported_with_its_field(table: str, said: str, tmp_path: Path) -> None:
    target = _target(tmp_path, f'base_url = "https://api.example"\n[contracts.shelf.connection]\n{table}')

    with pytest.raises(TargetError) as refused:
        Client(CONTRACT, target.contracts["shelf"])

    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('proxy = "proxy:3128"', "connection: proxy must start with http"),
        ('client_key = "key.pem"', "client_key needs client_certificate"),
        ("timeout = 3", "allowed are ca_bundle, client_certificate, client_key, verify, proxy"),
        ("headers = {X-A = {variable = 'A'}}", "connection.headers.X-A"),
    ],
)
def test_a_wrong_table_is_refused(table: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as refused:
        _target(tmp_path, f'base_url = "https://api.example"\n[contracts.shelf.connection]\n{table}')

    assert said in str(refused.value)


COMMAND = """
import pathlib, sys
counter = pathlib.Path(sys.argv[1])
number = int(counter.read_text() or 0) + 1 if counter.exists() else 1
counter.write_text(str(number))
print(f"token-{number}")
"""


def _credential(tmp_path: Path, port: int, source: str) -> Target:
    return _target(
        tmp_path,
        f'base_url = "http://127.0.0.1:{port}"\n[contracts.shelf.credentials.main]\n'
        f'scheme = "bearer"\n{source}',
    )


def _accepting(*tokens: str) -> Answers:
    return lambda handler: 200 if handler.headers["Authorization"] in {f"Bearer {t}" for t in tokens} else 401


def test_a_command_is_run_again_when_its_token_has_expired(serve: Serve, tmp_path: Path) -> None:
    served = serve(_accepting("token-2"))
    source = f"command = {json.dumps([sys.executable, '-c', COMMAND, str(tmp_path / 'count')])}"
    target = _credential(tmp_path, served.port, source)
    heard: list[int] = []
    client = Client(CONTRACT, target.contracts["shelf"])

    for _ in range(2):
        client.send(
            Request("listBooks", "GET", "/", credential="main"), on_exchange=lambda e: heard.append(e.status)
        )

    assert heard == [200, 200]
    assert len(served.asked) == 3
    assert target.contracts["shelf"].credentials["main"].values == ("token-1", "token-2")


def test_a_credential_that_is_refused_anew_is_not_asked_for_again(serve: Serve, tmp_path: Path) -> None:
    served = serve(_accepting())
    source = f"command = {json.dumps([sys.executable, '-c', COMMAND, str(tmp_path / 'count')])}"
    client = Client(CONTRACT, _credential(tmp_path, served.port, source).contracts["shelf"])
    asked = Request("listBooks", "GET", "/", credential="main")

    statuses = [client.send(asked, on_exchange=lambda _: None).status for _ in range(3)]

    assert statuses == [401, 401, 401]
    assert (tmp_path / "count").read_text() == "2"


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_a_token_comes_from_an_authorization_server(
    grant: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuing, served = serve(), serve(_accepting("token-2"))
    monkeypatch.setenv("SECRET", "pa55")
    monkeypatch.setenv("REFRESH", "again")
    refresh = ', refresh_token_env = "REFRESH"' if grant == "refresh_token" else ""
    source = (
        f'oauth2 = {{token_url = "http://127.0.0.1:{issuing.port}/token", client_id = "ci", '
        f'client_secret_env = "SECRET"{refresh}}}'
    )
    client = Client(CONTRACT, _credential(tmp_path, served.port, source).contracts["shelf"])

    answer = client.send(Request("listBooks", "GET", "/", credential="main"), on_exchange=lambda _: None)

    assert answer.status == 200
    assert [path for path, _ in issuing.asked] == ["/token", "/token"]


def test_a_token_that_is_not_given_is_a_problem_of_the_target_file(serve: Serve, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/token"
    target = _credential(tmp_path, serve().port, f'oauth2 = {{token_url = "{nowhere}", client_id = "ci"}}')

    (problem,) = preflight(RunContext.open(target, "shelf", citations=Citations.load(openapi_dir())))

    assert f"oauth2: {nowhere} gives no token: ConnectError" in problem.message


def test_a_target_that_is_starting_is_waited_for(serve: Serve, tmp_path: Path) -> None:
    def starting(handler: BaseHTTPRequestHandler) -> int:
        del handler
        return 503 if len(served.asked) < 4 else 200

    served = serve(starting)
    address = f'base_url = "http://127.0.0.1:{served.port}"\n'
    waiting = _target(tmp_path, f'{address}wait_for = "60s"')
    context = RunContext.open(waiting, "shelf", citations=Citations.load(openapi_dir()))
    context.sleep = lambda _: None

    assert preflight(context) == []


async def hello(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application without a lifespan, which echoes its path and its body."""
    if scope["type"] != "http":
        raise NotImplementedError
    content = (await receive())["body"] or scope["path"].encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": content})


async def ready(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application that answers only between the start and the end of its lifespan."""
    if scope["type"] == "http":
        status = 200 if scope["state"].get("started") else 500
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"[]"})
        return
    await receive()
    scope["state"]["started"] = True
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def broken(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application that raises."""
    raise RuntimeError("not meant for anybody")


@pytest.mark.parametrize(
    ("application", "status", "content"),
    [("hello", 200, b"/api/shelves/one/books"), ("ready", 200, b"[]"), ("broken", 500, b"")],
)
def test_an_asgi_application_is_judged_in_process(
    application: str, status: int, content: bytes, tmp_path: Path
) -> None:
    target = _target(tmp_path, f'asgi = "{__name__}:{application}"')

    answer = _send(target)

    assert (answer.status, answer.content) == (status, content)
