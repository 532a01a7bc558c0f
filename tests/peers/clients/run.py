"""Run sessions of client libraries against mocks: python -m tests.peers.clients.run --python PYTHON [NAMES].

PYTHON is the interpreter of an environment with requirements.txt installed. The folder with the documents is
named by OPENAPI_CORPUS; those that are not in it are in the folder that CLIENTS_DOCUMENTS names: openai.yaml
(github.com/openai/openai-openapi, openapi.yaml), intercom.yaml (github.com/intercom/Intercom-OpenAPI,
descriptions/2.14), asana.yaml (github.com/Asana/openapi, defs/asana_oas.yaml), github.json (npm package
@octokit/openapi 23.0.2, generated/api.github.com.json), kubernetes.json (github.com/kubernetes/kubernetes,
api/openapi-spec/v3/api__v1_openapi.json) and pagerduty.json (github.com/PagerDuty/api-schema,
reference/REST/openapiv3.json). CLIENTS_NODE names a folder with package.json
installed, for the sessions in Node.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import click

from tests.corpus.documents import VARIABLE, WITHOUT_CORPUS, corpus, document_path
from tests.corpus.mock import running_mock
from tests.corpus.table import free_port

CLIENTS_DOCUMENTS = "CLIENTS_DOCUMENTS"
CLIENTS_NODE = "CLIENTS_NODE"

SESSIONS = {
    "stripe": "stripe.yaml",
    "stripe_node": "stripe.yaml",
    "twilio": "twilio.json",
    "digitalocean": "digitalocean.tar.xz",
    "box": "box.json",
    "openai": "openai.yaml",
    "intercom": "intercom.yaml",
    "asana": "asana.yaml",
    "github": "github.json",
    "kubernetes": "kubernetes.json",
    "pagerduty": "pagerduty.json",
}
"""The document that each session is for."""
OPTIONS = {"pagerduty": ("--credentials", "Token token=any-token")}
"""Options of the mock: the credential, where a library sends it in a form of its own."""

_PATIENCE = 600


@dataclass(frozen=True)
class StepResult:
    """How a step went: right, implausible (a value differs) or broken (the client raised, or did not end)."""

    step: str
    verdict: str
    reason: str


@click.command(help=__doc__)
@click.option("--python", required=True, envvar="CLIENTS_PYTHON", help="The interpreter with the libraries.")
@click.option("--prism", help="Prism's command: the sessions run against it instead of the mock.")
@click.argument("names", nargs=-1, type=click.Choice(list(SESSIONS)))
def main(python: str, prism: str | None, names: Sequence[str]) -> None:
    """Print each step that is not right, and a table."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    rows = []
    for name in names or SESSIONS:
        missing = cannot_run(name)
        if missing:
            click.echo(f"{name}: skipped: {missing}")
            continue
        results = run(name, python, prism=prism)
        for result in results:
            if result.verdict != "right":
                click.echo(f"{name}: {result.verdict}: {result.step}: {result.reason}")
        count = Counter(result.verdict for result in results)
        rows.append(f"| {name} | {count['right']} | {count['implausible']} | {count['broken']} |")
    click.echo("\n| session | right | implausible | broken |\n|---|---|---|---|")
    click.echo("\n".join(rows))


def cannot_run(name: str) -> str:
    """What is missing for a session, an empty text if nothing."""
    if _document(name, Path()) is None:
        return f"{SESSIONS[name]} is not in the folder that {CLIENTS_DOCUMENTS} names"
    if _script(name).suffix == ".cjs" and not Path(os.environ.get(CLIENTS_NODE, ""), "node_modules").is_dir():
        return f"{CLIENTS_NODE} names no folder with the libraries for Node"
    return ""


def _document(name: str, scratch: Path) -> Path | None:
    """The document of a session. scratch: the folder where an archive is unpacked, if it is used."""
    folder, file = corpus(), SESSIONS[name]
    if folder is not None and (folder / file).exists():
        return folder / file if scratch == Path() else document_path(file, scratch)
    further = Path(os.environ.get(CLIENTS_DOCUMENTS, "nowhere"), file)
    return further if further.exists() else None


def _script(name: str) -> Path:
    return next(Path(__file__).parent.glob(f"{name}_session.*"))


def run(name: str, python: str, *, prism: str | None = None) -> list[StepResult]:
    """Run one session against a mock of its document, or against Prism.

    python: the interpreter with the libraries. prism: Prism's command. Raises RuntimeError if a server or the
    session does not run.
    """
    script = _script(name)
    with TemporaryDirectory() as folder:
        document = _document(name, Path(folder))
        assert document is not None
        served = (
            running_mock(document, *OPTIONS.get(name, ()))
            if prism is None
            else _running_prism(document, prism)
        )
        with served as address:
            base_url = address if isinstance(address, str) else address.base_url
            ended = subprocess.run(
                [python if script.suffix == ".py" else "node", str(script), base_url],
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE,
                env={**os.environ, "NODE_PATH": str(Path(os.environ.get(CLIENTS_NODE, "")) / "node_modules")},
            )
    if ended.returncode != 0:
        raise RuntimeError(f"the session {name} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return [StepResult(**json.loads(line)) for line in ended.stdout.splitlines()]


@contextmanager
def _running_prism(document: Path, command: str) -> Iterator[str]:
    """The address of Prism with a document. It answers by schemas where there are no examples."""
    port = free_port()
    words = [*command.split(), "mock", "--port", str(port), "--dynamic", str(document)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            begun = next((line for line in process.stdout if "is listening" in line), None)
            if begun is None:
                raise RuntimeError(f"Prism does not start with {document.name}")
            # What it writes later must not fill the pipe.
            Thread(target=process.stdout.read, daemon=True).start()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


if __name__ == "__main__":
    main()
