"""What every test may count on."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a job a shell runs behind it; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Caches of one session, which its workers share, instead of the user's.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="contract-tests-")
    atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

# The same examples in every run, on a machine of any speed. --hypothesis-profile=explore looks for new ones.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("explore", settings.get_profile("repeatable"), derandomize=False)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def same_recursion_limit() -> Iterator[None]:
    """Restore the limit that a command raises for its own process, which is that of the tests here."""
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


@pytest.fixture(autouse=True)
def looks_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look once more at a list that is found wrong, but do not wait: few tests have other writers."""
    monkeypatch.setattr("contract_tests.session.others.PAUSES", (0.0,))
