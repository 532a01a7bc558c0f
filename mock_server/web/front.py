"""Which part of the server answers a request: the contracts, the admin API, or the console."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mock_server.admin.api import AdminApi, AwaitedResponse
from mock_server.messages import Request, Response
from mock_server.web import cors

StartResponse = Callable[..., Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Front:
    """Answers the requests of one server, without a web framework except for the console's pages.

    engine: answers contract requests. pages: the WSGI application of the console.
    """

    def __init__(self, admin_api: AdminApi, pages: WsgiApplication) -> None:
        self.engine = admin_api.context.engine
        self.pages = pages
        self._admin_api = admin_api
        self._cors = admin_api.context.settings.cors

    def contract(self, request: Request) -> Response:
        """The answer to a contract request. Pages of any origin may read it, unless the settings say no."""
        if not self._cors or "origin" not in request.headers:
            return self.engine.handle(request)
        if cors.is_preflight(request):
            return Response(204, cors.preflight_headers(request))
        return cors.with_origin(request, self.engine.handle(request))

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
        response = self._admin_api.begin(request)
        return response if isinstance(response, AwaitedResponse) else self.finish_admin(request, response)

    def finish_admin(self, request: Request, response: Response) -> Response:
        """The answer to an admin call, readable by the page that sent it where its origin is allowed."""
        return cors.with_origin(request, response) if self._is_allowed_origin(request) else response

    def _is_allowed_origin(self, request: Request) -> bool:
        return self._admin_api.guard.allows(request.headers.get("origin", ""))
