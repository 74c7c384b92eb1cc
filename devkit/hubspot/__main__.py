"""Start the simulator of HubSpot: ``python -m devkit.hubspot --port 0``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from devkit.hubspot.app import Server
from devkit.hubspot.settings import Settings
from devkit.hubspot.simulator import Simulator


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devkit.hubspot", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port (default)")
    parser.add_argument("--token", help="the Bearer token")
    parser.add_argument("--app-secret", help="the secret that signs webhooks")
    parser.add_argument("--webhook-url", help="where events go")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any setting, e.g. burst_requests=0",
    )
    return parser.parse_args(argv)


def build_simulator(arguments: argparse.Namespace) -> Simulator:
    settings = Settings()
    changes: dict[str, object] = {}
    if arguments.token:
        changes["token"] = arguments.token
    if arguments.app_secret:
        changes["app_secret"] = arguments.app_secret
    for item in arguments.set:
        name, _, value = item.partition("=")
        changes[name] = json.loads(value)
    settings.update(changes)
    simulator = Simulator(settings, seed=arguments.seed)
    simulator.webhooks.url = arguments.webhook_url or ""
    return simulator


async def serve(arguments: argparse.Namespace) -> None:
    simulator = build_simulator(arguments)
    server = Server(simulator, host=arguments.host, port=arguments.port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await server.start()
    settings = simulator.settings
    ready = {
        "base_url": server.base_url,
        "token": settings.token,
        "app_secret": settings.app_secret,
        "app_id": settings.app_id,
        "admin_url": server.admin_url,
        "limit": f"{settings.burst_requests}/{settings.burst_seconds:g}",
        "webhooks": {"url": simulator.webhooks.url, "signature": "v3"},
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


def main(argv: list[str] | None = None) -> None:
    asyncio.run(serve(_arguments(argv)))


if __name__ == "__main__":
    main()
