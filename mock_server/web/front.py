"""Which part of the server answers a request: the contracts, the admin API, or the console."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from mock_server.admin.awaited import AwaitedResponse
from mock_server.messages import Request, Response
from mock_server.web import cors

if TYPE_CHECKING:
    from mock_server.admin.api import AdminApi
    from mock_server.admin.call import AdminContext
    from mock_server.admin.guard import Guard
    from mock_server.engine import Engine
    from mock_server.web.wsgi import WsgiApplication

FRONT = "mock_server.front"
"""Key of a WSGI application's extensions: its Front, which answers without WSGI."""


class Front:
    """Answers the requests of one server, without a web framework except for the console's pages.

    The admin API and the console are loaded when they are first asked, because many servers never are.
    """

    def __init__(
        self, engine: Engine, context: Callable[[], AdminContext], guard: Guard, *, cors: bool
    ) -> None:
        """engine: answers the contracts' requests. context: returns what the admin API controls; called once.
        guard: who may use it. cors: whether pages of any origin may read the contracts' answers."""
        self.engine = engine
        self._context = context
        self._guard = guard
        self._cors = cors

    @property
    def has_loaded_admin(self) -> bool:
        """Whether the admin API has been asked before, so that it answers quickly."""
        return "admin_api" in self.__dict__ and self.admin_api.is_loaded

    @cached_property
    def admin_api(self) -> AdminApi:
        """The admin API."""
        from mock_server.admin.api import AdminApi

        return AdminApi(self._context(), self._guard)

    def load_admin(self) -> None:
        """Load the admin API now, with what watches the server's files."""
        _ = self.admin_api

    @cached_property
    def pages(self) -> WsgiApplication:
        """The WSGI application of the console."""
        from mock_server.console.pages import console_app

        return console_app(self.admin_api).wsgi_app

    def contract(self, request: Request, *, may_stream: bool = False) -> Response:
        """The answer to a contract request. Pages of any origin may read it, unless the settings say no.

        may_stream: as in `Engine.handle`.
        """
        if not self._cors or "origin" not in request.headers:
            return self.engine.handle(request, may_stream=may_stream)
        if cors.is_preflight(request):
            return Response(204, cors.preflight_headers(request))
        return cors.with_origin(request, self.engine.handle(request, may_stream=may_stream))

    def admin(self, request: Request) -> Response:
        """The answer to an admin call, after any wait. Pages of other origins may read it only where theirs
        is allowed."""
        response = self.begin_admin(request)
        if isinstance(response, AwaitedResponse):
            return self.finish_admin(request, response.wait())
        return response

    def begin_admin(self, request: Request) -> Response | AwaitedResponse:
        """The answer as `admin` gives it, or one that must be waited for and given to `finish_admin`."""
        if self._is_allowed_origin(request) and cors.is_preflight(request):
            return Response(204, cors.preflight_headers(request))
        response = self.admin_api.begin(request)
        return response if isinstance(response, AwaitedResponse) else self.finish_admin(request, response)

    def finish_admin(self, request: Request, response: Response) -> Response:
        """The answer to an admin call, readable by the page that sent it where its origin is allowed."""
        return cors.with_origin(request, response) if self._is_allowed_origin(request) else response

    def _is_allowed_origin(self, request: Request) -> bool:
        return self._guard.allows(request.headers.get("origin", ""))
