"""The admin API under /__admin: what a test run needs beside the contracts. No page of another origin may
call it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from mock_server.clock import to_rfc3339
from mock_server.engine import Engine
from mock_server.messages import DEFAULT_WORLD


def admin(engine: Engine) -> Blueprint:
    """The blueprint for one engine."""
    blueprint = Blueprint("admin", __name__, url_prefix="/__admin")

    @blueprint.get("/health")
    def health() -> Response:
        """That the server answers, what it plays, and what time it has."""
        return jsonify(
            status="ok",
            contracts=list(engine.parts.players),
            now=to_rfc3339(engine.world().clock.now()),
        )

    @blueprint.post("/reset")
    def reset() -> Response:
        """Back to the seed data."""
        engine.worlds.reset(DEFAULT_WORLD)
        done = Response(status=204)
        del done.headers["Content-Type"]
        return done

    @blueprint.app_errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[dict[str, Any], int, dict[str, str]]:
        """JSON where Flask would send a page."""
        allow = (
            {"Allow": ", ".join(sorted(error.valid_methods or ()))} if hasattr(error, "valid_methods") else {}
        )
        return {"message": error.name}, error.code or 500, allow

    return blueprint
