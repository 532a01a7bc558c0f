"""Serves both APIs: `python -m tests.independent.tornado --port 0 --choice name=value`."""

from __future__ import annotations

import argparse
import asyncio
import logging

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tests.independent.tornado import connectors, providers, web
from tests.independent.tornado.choices import Choices

CONNECTORS = "/api-proxy/v1/spaces/([^/]*)/collections/([^/]*)/connectors"
ADMIN = "/api-proxy/v1/admin/connector-providers"
PLATFORM = "/v1/admin/connector-providers"


def application(choices: Choices) -> Application:
    """The server with its choices, as it is at the start."""
    admin = {"service": providers.aimable_providers(choices)}
    platform = {"service": providers.platform_providers(choices)}
    collections = {"service": connectors.ConnectorService(choices, admin["service"])}
    end = "/?" if choices.trailing_slash == "same" else ""
    routes = [
        (f"{ADMIN}", providers.AdminProviders, admin),
        (f"{ADMIN}/([^/]*)", providers.AdminProvider, admin),
        (f"{ADMIN}/([^/]*)/setup", providers.AdminSetup, admin),
        (f"{PLATFORM}", providers.PlatformProviders, platform),
        (f"{PLATFORM}/([^/]*)", providers.PlatformProvider, platform),
        (f"{PLATFORM}/([^/]*)/setup", providers.PlatformSetup, platform),
        (f"{CONNECTORS}", connectors.Connectors, collections),
        (f"{CONNECTORS}/([^/]*)", connectors.Connector, collections),
        (f"{CONNECTORS}/([^/]*)/browse", connectors.Browse, collections),
        (f"{CONNECTORS}/([^/]*)/sync", connectors.Syncs, collections),
        (f"{CONNECTORS}/([^/]*)/sync/cancel", connectors.Cancel, collections),
        (f"{CONNECTORS}/([^/]*)/sync/([^/]+)", connectors.Sync, collections),
    ]
    return Application(
        [(path + end, handler, service) for path, handler, service in routes],
        default_handler_class=web.NoSuchPath,
        default_handler_args=admin,
    )


async def serve(port: int, choices: Choices) -> None:
    """Serve, until the process ends."""
    sockets = bind_sockets(port, "127.0.0.1")
    server = HTTPServer(application(choices))
    server.add_sockets(sockets)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="The independent server on Tornado.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--choice", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    try:
        choices = Choices(arguments.choice)
    except ValueError as error:
        parser.error(str(error))
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    asyncio.run(serve(arguments.port, choices))


if __name__ == "__main__":
    main()
