"""Run sessions of client libraries against mocks: python -m tests.peers.clients.run --python PYTHON [NAMES].

PYTHON is the interpreter of an environment with requirements.txt installed. The folder with the documents is
named by OPENAPI_CORPUS.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.corpus.documents import VARIABLE, WITHOUT_CORPUS, corpus, document_path
from tests.corpus.mock import running_mock

SESSIONS = {
    "stripe": "stripe.yaml",
    "twilio": "twilio.json",
    "digitalocean": "digitalocean.tar.xz",
    "box": "box.json",
}
"""The document that each session is for."""

_PATIENCE = 600


@dataclass(frozen=True)
class StepResult:
    """How a step went: right, implausible (a value differs) or broken (the client raised, or did not end)."""

    step: str
    verdict: str
    reason: str


@click.command(help=__doc__)
@click.option("--python", required=True, envvar="CLIENTS_PYTHON", help="The interpreter with the libraries.")
@click.argument("names", nargs=-1, type=click.Choice(list(SESSIONS)))
def main(python: str, names: Sequence[str]) -> None:
    """Print each step that is not right, and a table."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    rows = []
    for name in names or SESSIONS:
        results = run(name, python)
        for result in results:
            if result.verdict != "right":
                click.echo(f"{name}: {result.verdict}: {result.step}: {result.reason}")
        count = Counter(result.verdict for result in results)
        rows.append(f"| {name} | {count['right']} | {count['implausible']} | {count['broken']} |")
    click.echo("\n| session | right | implausible | broken |\n|---|---|---|---|")
    click.echo("\n".join(rows))


def run(name: str, python: str) -> list[StepResult]:
    """Run one session against a mock of its document."""
    script = Path(__file__).with_name(f"{name}_session.py")
    with TemporaryDirectory() as folder:
        document = document_path(SESSIONS[name], Path(folder))
        with running_mock(document) as target:
            ended = subprocess.run(
                [python, str(script), target.base_url],
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE,
            )
    if ended.returncode != 0:
        raise RuntimeError(f"the session {name} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return [StepResult(**json.loads(line)) for line in ended.stdout.splitlines()]


if __name__ == "__main__":
    main()
