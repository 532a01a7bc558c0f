"""Read bodies as strict JSON: Python also takes NaN and lone surrogates, which no response can repeat."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response


class StrictRequest(Request):
    """A request whose body is refused unless it can be written as JSON in UTF-8 again."""

    async def json(self) -> Any:
        try:
            value = json.loads(await self.body())
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("not strict JSON in UTF-8", "", 0) from error
        return value


class StrictJSONRoute(APIRoute):
    """A route that reads its requests as strict JSON."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly
