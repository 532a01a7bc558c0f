"""`spec check` beside Redocly, Spectral and openapi-spec-validator, on planted faults and on public documents.

    python -m benchmarks.spec_check NODE_MODULES [CORPUS]

NODE_MODULES holds the packages of tests/peers/package.json. A planted fault is found by a tool that says something
about the changed document which it does not say about the clean one, whatever its severity. On the clean documents
everything is false. Of the documents in CORPUS nobody knows what is right: the table shows what each tool says.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.spec_check_faults.planted import BASES, DOCUMENTS, PLANTED

Said = set[tuple[str, str]]
"""What a tool says of a document: rule and message, errors and warnings alike."""

_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
_LIMIT = 300
"""Seconds that a tool has for one document."""


def _run(command: list[str]) -> str:
    environment = {**os.environ, **_QUIET}
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=_LIMIT
    )
    return ended.stdout or ended.stderr


def _ours(path: Path) -> Said:
    said = _run([sys.executable, "-m", "contract_tests", "spec", "check", "--format", "json", str(path)])
    return {(f"{each['severity']} {each['rule']}", each["message"]) for each in json.loads(said)["problems"]}


def _redocly(modules: Path) -> Callable[[Path], Said]:
    def call(path: Path) -> Said:
        said = _run(
            [str(modules / ".bin/redocly"), "lint", str(path), "--format", "json", "--max-problems=100000"]
        )
        if "{" not in said:  # it gave up
            return {("error", said.strip())}
        found = json.loads(said[said.index("{") :])
        return {(f"{each['severity']} {each['ruleId']}", each["message"]) for each in found["problems"]}

    return call


def _spectral(modules: Path, folder: Path) -> Callable[[Path], Said]:
    ruleset = folder / "spectral.yaml"
    ruleset.write_text('extends: ["spectral:oas"]\n', encoding="utf-8")

    def call(path: Path) -> Said:
        report = folder / "spectral.json"
        report.unlink(missing_ok=True)
        binary = str(modules / ".bin/spectral")
        _run([binary, "lint", str(path), "--ruleset", str(ruleset), "-f", "json", "-o", str(report), "-q"])
        found = json.loads(report.read_text(encoding="utf-8") or "[]") if report.exists() else []
        names = {0: "error", 1: "warning", 2: "info", 3: "hint"}
        return {(f"{names[each['severity']]} {each['code']}", each["message"]) for each in found}

    return call


def _validator(path: Path) -> Said:
    said = _run([sys.executable, "-m", "openapi_spec_validator", "--validation-errors", "all", str(path)])
    if said.rstrip().endswith(": OK"):
        return set()
    found = {("error", text) for text in re.findall(r"Validation Error: (?:\[\d+\] )?(.*)", said)}
    return found or {("error", said.strip().splitlines()[-1])}


def _timed(tool: Callable[[Path], Said], path: Path) -> tuple[Said | None, float]:
    """What a tool says (None: it fails or takes longer than it may), and the seconds it takes."""
    before = time.perf_counter()
    try:
        said = tool(path)
    except (ValueError, KeyError, subprocess.TimeoutExpired):
        said = None
    return said, time.perf_counter() - before


def _planted(tools: dict[str, Callable[[Path], Said]], folder: Path) -> Iterator[str]:
    clean = {name: {key: tools[name](BASES / path) for key, path in DOCUMENTS.items()} for name in tools}
    found: dict[str, list[str]] = {name: [] for name in tools}
    seconds = dict.fromkeys(tools, 0.0)
    for number, planted in enumerate(PLANTED):
        path = planted.write(folder / str(number))
        for name, tool in tools.items():
            said, took = _timed(tool, path)
            seconds[name] += took
            if said is None or said - clean[name][planted.document]:
                found[name].append(planted.name)
    yield "| tool | found | missed | false on the clean documents | seconds a document |"
    yield "|---|---|---|---|---|"
    for name in tools:
        false = sum(map(len, clean[name].values()))
        missed = len(PLANTED) - len(found[name])
        mean = seconds[name] / len(PLANTED)
        yield f"| {name} | {len(found[name])} of {len(PLANTED)} | {missed} | {false} | {mean:.2f} |"
    yield ""
    yield f"| fault | kind | {' | '.join(tools)} |"
    yield f"|---|---|{'---|' * len(tools)}"
    for planted in PLANTED:
        cells = ("found" if planted.name in found[name] else "missed" for name in tools)
        yield f"| {planted.name} | {planted.kind} | {' | '.join(cells)} |"


def _corpus(tools: dict[str, Callable[[Path], Said]], documents: list[Path]) -> Iterator[str]:
    yield f"| document | {' | '.join(f'{name} | seconds' for name in tools)} |"
    yield f"|---|{'---|---|' * len(tools)}"
    for path in documents:
        cells = []
        for tool in tools.values():
            said, took = _timed(tool, path)
            severities = [severity.partition(" ")[0] for severity, _ in said or ()]
            counted = ", ".join(f"{severities.count(each)} {each}" for each in sorted(set(severities)))
            cells.append(f"{'fails' if said is None else counted or 'nothing'} | {took:.1f}")
        yield f"| {path.name} | {' | '.join(cells)} |"


def main(modules: Path, corpus: Path | None) -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        tools: dict[str, Callable[[Path], Said]] = {
            "spec check": _ours,
            "Redocly": _redocly(modules),
            "Spectral": _spectral(modules, folder),
            "openapi-spec-validator": _validator,
        }
        for line in _planted(tools, folder):
            print(line, flush=True)
        if corpus is not None:
            documents = sorted(path for path in corpus.iterdir() if path.suffix in (".yaml", ".json"))
            documents += sorted(corpus.rglob("nested_files/openapi.yaml"))
            print()
            for line in _corpus(tools, documents):
                print(line, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
