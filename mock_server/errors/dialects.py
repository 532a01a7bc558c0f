"""The dialects a behaviour file may name."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.errors.dialect import Dialect
from mock_server.errors.fastapi import FASTAPI
from mock_server.errors.laravel import LARAVEL
from mock_server.errors.problem_json import PROBLEM_JSON

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (FASTAPI, LARAVEL, PROBLEM_JSON)}
