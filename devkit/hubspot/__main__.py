"""Start the simulator of HubSpot: ``python -m devkit.hubspot --port 0``."""

from __future__ import annotations

import argparse
import asyncio

from devkit.crm_server import add_arguments, serve, settings_given
from devkit.hubspot.app import Server
from devkit.hubspot.settings import Settings
from devkit.hubspot.simulator import Simulator


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devkit.hubspot", description=__doc__)
    add_arguments(parser, example="burst_requests=0")
    parser.add_argument("--token", help="the Bearer token")
    parser.add_argument("--app-secret", help="the secret that signs webhooks")
    parser.add_argument("--webhook-url", help="where events go")
    return parser.parse_args(argv)


def build_simulator(arguments: argparse.Namespace) -> Simulator:
    settings = Settings()
    changes: dict[str, object] = {}
    if arguments.token:
        changes["token"] = arguments.token
    if arguments.app_secret:
        changes["app_secret"] = arguments.app_secret
    settings.update(changes | settings_given(arguments.set))
    simulator = Simulator(settings, seed=arguments.seed)
    simulator.webhooks.url = arguments.webhook_url or ""
    return simulator


async def run(arguments: argparse.Namespace) -> None:
    simulator = build_simulator(arguments)
    server = Server(simulator, host=arguments.host, port=arguments.port)
    settings = simulator.settings
    await serve(
        server,
        lambda: {
            "base_url": server.base_url,
            "token": settings.token,
            "app_secret": settings.app_secret,
            "app_id": settings.app_id,
            "admin_url": server.admin_url,
            "limit": f"{settings.burst_requests}/{settings.burst_seconds:g}",
            "webhooks": {"url": simulator.webhooks.url, "signature": "v3"},
        },
    )


def main(argv: list[str] | None = None) -> None:
    asyncio.run(run(_arguments(argv)))


if __name__ == "__main__":
    main()
