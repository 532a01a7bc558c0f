"""Print how each document starts, beside Prism: python -m tests.corpus.table [--prism COMMAND] [--runs N].

Every start is a new process. CPU is what the process and its children used up to the first answer; RSS is the
peak of the process. The folder with the documents is named by OPENAPI_CORPUS.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile

import click

from tests.corpus.documents import VARIABLE, WITHOUT_CORPUS, corpus, document_names, document_path

_PATIENCE = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Start:
    """How one start went. seconds: until the server listens. cpu: seconds. rss: MB."""

    verdict: str
    seconds: float
    cpu: float
    rss: float


@click.command()
@click.option("--prism", default="", help="Prism's command; default: the one in the search path, if any.")
@click.option("--runs", default=3, show_default=True, help="Starts per document, of which the median counts.")
@click.argument("names", nargs=-1)
def table(prism: str, runs: int, names: tuple[str, ...]) -> None:
    """Print the table for these documents, for all without names."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    prism = prism or shutil.which("prism") or ""
    click.echo("| document | MB | mock | start s | CPU s | RSS MB | Prism | start s | CPU s | RSS MB |")
    click.echo("|---|---|---|---|---|---|---|---|---|---|")
    with TemporaryDirectory() as scratch:
        for name in names or document_names():
            path = document_path(name, Path(scratch))
            own = [sys.executable, "-m", "mock_server", "--spec", str(path), "--port"]
            other = [prism, "mock", str(path), "--host", "127.0.0.1", "--port"]
            cells = [name, f"{path.stat().st_size / 1e6:.2f}", *_cells(own, runs)]
            cells += _cells(other, runs) if prism else ["not installed", "", "", ""]
            click.echo(f"| {' | '.join(cells)} |")


def _cells(command: list[str], runs: int) -> list[str]:
    starts = [_start(command) for _ in range(runs)]
    verdicts = sorted({each.verdict for each in starts})
    figures = [median(getattr(each, name) for each in starts) for name in ("seconds", "cpu", "rss")]
    return ["; ".join(verdicts), f"{figures[0]:.2f}", f"{figures[1]:.2f}", f"{figures[2]:.0f}"]


def _start(command: list[str]) -> Start:
    port = free_port()
    begun = time.perf_counter()
    output = TemporaryFile("w+")  # noqa: SIM115 - closed with the process that writes to it
    process = subprocess.Popen(
        [*command, str(port)], stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    cpu = rss = 0.0
    while process.poll() is None and time.perf_counter() - begun < _PATIENCE:
        cpu, rss = _used(process.pid) or (cpu, rss)
        if _listens(port):
            seconds = time.perf_counter() - begun
            cpu, rss = _used(process.pid) or (cpu, rss)
            _end(process)
            return Start("starts", seconds, cpu, rss)
        time.sleep(0.02)
    seconds = time.perf_counter() - begun
    if process.poll() is None:
        _end(process)
        return Start(f"nothing after {_PATIENCE:.0f} s", seconds, cpu, rss)
    output.seek(0)
    lines = [line.strip() for line in output if line.strip()] or ["ended without a word"]
    reason = next((line for line in lines if "rror" in line), lines[-1])
    return Start(f"refused: {reason[:90]}".replace("|", "/"), seconds, cpu, rss)


def _used(pid: int) -> tuple[float, float] | None:
    """CPU seconds and peak RSS in MB of a process, or None after its end."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return sum(map(int, fields[11:15])) / _TICKS, int(peak) / 1024


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


if __name__ == "__main__":
    table()
