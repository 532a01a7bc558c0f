"""How requests leave: over the network, or to an application in this process."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
from anyio.from_thread import start_blocking_portal
from asgi_lifespan import LifespanManager
from asgi_lifespan import LifespanNotSupported as LifespanNotSupportedError

from contract_tests.target.connection import ConnectionProblem
from contract_tests.target.target_file import ContractTarget, TargetError

_FAILED = "the application raised {}"


def transport_of(target: ContractTarget) -> httpx.BaseTransport:
    """What reaches an implementation as its target file says.

    Neither environment nor `.netrc` adds anything to its requests: the variables for proxies are read by
    `target.connection`. Raises TargetError for an application or a setting that cannot be used.
    """
    if target.application is not None:
        return _Asgi(target.application) if target.wsgi is None else _Wsgi(target.application)
    address, connection = target.base_url or "", target.connection
    socket = None if connection.unix_socket is None else str(connection.unix_socket)
    try:
        proxy = connection.proxy_for(address)
        # Certificates take a tenth of a second to load, and no redirect leads from http to https.
        tls = connection.tls() if address.lower().startswith("https:") else False
    except ConnectionProblem as problem:
        raise TargetError(f"connection.{problem}") from problem
    try:
        return httpx.HTTPTransport(verify=tls, trust_env=False, proxy=proxy, uds=socket)
    except (httpx.InvalidURL, ValueError) as error:
        raise TargetError(f"connection.proxy: {error}") from error


class _Wsgi(httpx.BaseTransport):
    """A WSGI application as its server would have it.

    The path arrives as bytes read as Latin-1 (PEP 3333), which httpx's own transport does not see to; where
    the application raises it answers 500.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = unquote_to_bytes(request.url.raw_path.partition(b"?")[0]).decode("latin-1")

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            try:
                return list(self._application({**environ, "PATH_INFO": path}, start_response))
            except Exception as error:
                start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
                return [_FAILED.format(type(error).__name__).encode()]

        return httpx.WSGITransport(answer).handle_request(request)


class _Asgi(httpx.BaseTransport):
    """An ASGI application in an event loop of its own, started and ended by its lifespan.

    An application without a lifespan is served as it is; where it raises it answers 500.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._running = start_blocking_portal()
        self._portal = self._running.__enter__()
        self._open = AsyncExitStack()
        self._transport = self._portal.call(self._begin)

    async def _begin(self) -> httpx.ASGITransport:
        try:
            manager = await self._open.enter_async_context(LifespanManager(self._application))
        except LifespanNotSupportedError:
            return httpx.ASGITransport(self._application, raise_app_exceptions=False)
        return httpx.ASGITransport(manager.app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self._transport.handle_async_request(sent)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    def close(self) -> None:
        self._portal.call(self._open.aclose)
        self._running.__exit__(None, None, None)
