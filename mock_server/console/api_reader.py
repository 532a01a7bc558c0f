"""Calls the admin API in process, with the credentials of the request for a page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from mock_server.admin.api import AdminApi
    from mock_server.messages import Request

API = "/__admin"


@dataclass(slots=True)
class ApiRefusal(Exception):
    """An error response of the admin API. problem: its body (RFC 9457)."""

    status: int
    problem: dict[str, Any]

    def __str__(self) -> str:
        return str(self.problem.get("detail") or self.problem.get("title") or f"Status {self.status}")


@dataclass(frozen=True, slots=True)
class ApiReader:
    """Calls the admin API for one page, with the headers and the client address of the request for the page.

    So a page is shown only to clients that may call the admin API. asked: the request for the page.
    """

    admin_api: AdminApi
    asked: Request

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path of the admin API. query: members that are None are left out. Raises
        ApiRefusal."""
        given = {name: value for name, value in query.items() if value is not None}
        request = replace(
            self.asked,
            method="GET",
            path=API + path,
            query=urlencode(given, doseq=True),
            headers={**self.asked.headers, "accept": "application/json"},
            body=b"",
        )
        response = self.admin_api.handle(request)
        body = json.loads(response.body) if response.body else None
        if response.status >= 400:
            raise ApiRefusal(response.status, body if isinstance(body, dict) else {})
        return body
