"""The WSGI application of a mock with the defect the environment variable PLANTED_DEFECT names.

Where it names none, the healthy mock of the contract PLANTED_CONTRACT. Built at the first request.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from mock_server.app import create_app
from tests.defects.catalogue import load
from tests.defects.planting import application as planted
from tests.defects.planting import healthy, settings_for

if TYPE_CHECKING:
    from flask import Flask


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    return _built()(environ, start_response)


@cache
def _built() -> Flask:
    logging.getLogger("mock_server").setLevel(logging.CRITICAL)
    name = os.environ.get("PLANTED_DEFECT")
    if name:
        return planted(load()[name])
    contract = os.environ["PLANTED_CONTRACT"]
    return create_app(settings_for(contract), engine=healthy(contract))
