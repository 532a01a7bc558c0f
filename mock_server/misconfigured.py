"""What is wrong with the files a server is started from: all of it at once, before anything is served."""

from __future__ import annotations

from collections.abc import Iterable


class Misconfigured(Exception):
    """Specs, behaviour files or fixtures that cannot be served.

    faults: one sentence each, naming the file and the place in it, with the valid names where a name is unknown.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))
