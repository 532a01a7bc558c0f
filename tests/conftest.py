"""What every test may count on."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a job a shell runs behind it; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
