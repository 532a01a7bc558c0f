"""The mock of a small document beside these tests, in process; it checks its own replies.

What a document has to show stands in its first line.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, TestResponse, encode_multipart

from mock_server.app import create_app
from mock_server.settings import Settings

CASES = Path(__file__).parent


@dataclass(frozen=True)
class Mock:
    """Sends requests to the application that serves one document."""

    client: Client

    def send(self, method: str, path: str, **sent: Any) -> TestResponse:
        """Return the response. sent: as for werkzeug's test client."""
        headers = {"Authorization": "Bearer any-token", **sent.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **sent)

    def json(self, method: str, path: str, *, status: int = 200, **sent: Any) -> Any:
        """Return the JSON body of a response that must have a status; None without a body."""
        response = self.send(method, path, **sent)
        assert response.status_code == status, (response.status, response.text[:500])
        return json.loads(response.data) if response.data else None

    def follow(self, url: str) -> Any:
        """Return the JSON body at an absolute URL of this mock."""
        parts = urlsplit(url)
        assert parts.netloc == "localhost", url
        return self.json("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)


def multipart(**parts: Any) -> dict[str, Any]:
    """Return the body of a request with these parts, for Mock.send().

    A tuple is a file: its name, content and, if it is known, media type.
    """
    values = {name: _encodable(part) for name, part in parts.items()}
    boundary, body = encode_multipart(values)
    return {"data": body, "content_type": f'multipart/form-data; boundary="{boundary}"'}


def _encodable(part: Any) -> Any:
    if isinstance(part, list):
        return [_encodable(each) for each in part]
    if isinstance(part, tuple):
        name, content, *media_type = part
        return FileStorage(io.BytesIO(content), name, content_type="".join(media_type) or None)
    return part


PlayCase = Callable[..., Mock]


@pytest.fixture
def play() -> PlayCase:
    """Serves a document: its file below this folder. settings: of the server."""

    def start(name: str, **settings: Any) -> Mock:
        chosen: dict[str, Any] = {"strict_replies": True, **settings}
        app = create_app(Settings(contracts=(), specs=(CASES / name,), **chosen))
        return Mock(app.test_client(use_cookies=False))

    return start
