"""The error that keeps the server from starting."""

from __future__ import annotations


class StartupError(Exception):
    """Errors in flags, specs, behaviour files or fixtures, all at once.

    problems: sentences for users, with the flag, or the file and the place in it, and the allowed values.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
