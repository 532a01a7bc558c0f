"""Why the server does not start: every problem at once, in words for the person who started it."""

from __future__ import annotations


class StartupError(Exception):
    """Something given at start is wrong: a flag, a spec, a behaviour file, a fixture.

    problems: one sentence each, naming the flag, or the file and the place inside it, and the allowed values
    where there is a list.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
