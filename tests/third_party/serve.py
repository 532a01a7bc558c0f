"""Starts a third-party server for `contract-tests prove`: `python -m tests.third_party.serve kinto FOLDER`.

Creates the objects that the harness must not change, writes document and target file into the folder, prints
the base URL, and serves until SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from threading import Event

from tests.third_party.environment import prepare
from tests.third_party.run import free_port, running, target_file
from tests.third_party.servers import SERVERS
from tests.third_party.servers.base import Deployment


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m tests.third_party.serve", description=__doc__)
    parser.add_argument("server", choices=list(SERVERS))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server = SERVERS[options.server]
    data = options.folder / "data"
    data.mkdir(parents=True)
    deployment = Deployment(data, free_port(), prepare(options.server))
    with running(server, deployment, options.folder / f"{options.server}.log"):
        target = server.seed(deployment)
        file, content = server.document(deployment)
        (options.folder / file).write_bytes(content)
        text = target_file(Path(file).stem, file, target)
        for name, value in target.env.items():
            text = text.replace(f'env = "{name}"', f'value = "{value}"')
        (options.folder / "target.toml").write_text(text, encoding="utf-8")
        print(target.base_url, flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
