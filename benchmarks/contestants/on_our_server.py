"""The work written by hand, behind the connections of our own server."""

import asyncio
import sys
from types import SimpleNamespace

from bare import STORE

from mock_server.messages import Request, Response
from mock_server.serving import Limits
from mock_server.serving.listening import listen
from mock_server.serving.server import HttpServer

HEADERS = {"Content-Type": "application/json"}


def contract(request: Request, *, may_stream: bool) -> Response:  # noqa: ARG001 - as Front has it
    status, body = STORE.answer(request.method, request.body)
    return Response(status, HEADERS, body)


async def main() -> None:
    front = SimpleNamespace(contract=contract, engine=SimpleNamespace(upstream=None))
    server = HttpServer(front, Limits())
    await server.start(listen("127.0.0.1", int(sys.argv[1])))
    await server.finished()


asyncio.run(main())
