"""Answers to admin calls that must be waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from mock_server.contract.json_text import dumps

if TYPE_CHECKING:
    from mock_server.admin.call import AwaitedReply
    from mock_server.messages import Response


class AwaitedResponse:
    """A response whose body is not final until a wait is over. It must be finished."""

    def __init__(self, response: Response, reply: AwaitedReply) -> None:
        """response: with the body as it is now."""
        self.timeout = reply.timeout
        self._response = response
        self._reply = reply

    def when_over(self, wake: Callable[[], None]) -> None:
        """Have this called, by any thread, as soon as the wait is over. It must not block."""
        self._reply.begun.when_over(wake)

    def finish(self) -> Response:
        """Wait no longer. Returns the final response."""
        seen = self._reply.begun.end()
        self._reply.release()
        if self._response.status >= 400 or not self._response.body:
            return self._response
        return replace(self._response, body=dumps(self._reply.final(seen)))

    def wait(self) -> Response:
        """Wait in this thread, and finish."""
        over = Event()
        self.when_over(over.set)
        over.wait(self.timeout)
        return self.finish()
