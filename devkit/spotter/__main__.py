"""Start the CRM simulator: ``python -m devkit.spotter --port 0``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from devkit.spotter.app import Server
from devkit.spotter.settings import Settings, parse_quota
from devkit.spotter.simulator import Simulator


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devkit.spotter", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port (default)")
    parser.add_argument("--state", type=Path, help="keep the records in this file over restarts")
    parser.add_argument("--quota", default="30/20", help="requests/seconds, or 'off'")
    parser.add_argument("--token", help="the API token (header token_exact)")
    parser.add_argument("--webhook-url", help="where lead events go; {token} is filled in")
    parser.add_argument("--webhook-token", help="sent with each webhook in X-Webhook-Token")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any setting, e.g. page_cap=50",
    )
    return parser.parse_args(argv)


def build_simulator(arguments: argparse.Namespace) -> Simulator:
    settings = Settings()
    changes: dict[str, object] = {}
    changes["quota_requests"], changes["quota_seconds"] = parse_quota(arguments.quota)
    if arguments.token:
        changes["token"] = arguments.token
    if arguments.webhook_token:
        changes["webhook_token"] = arguments.webhook_token
    for item in arguments.set:
        name, _, value = item.partition("=")
        changes[name] = json.loads(value)
    settings.update(changes)
    simulator = Simulator(settings, path=arguments.state, seed=arguments.seed)
    if arguments.webhook_url:
        simulator.webhooks.subscribe({"lead_updated": arguments.webhook_url})
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
        "admin_url": server.admin_url,
        "quota": f"{settings.quota_requests}/{settings.quota_seconds:g}"
        if settings.quota_requests
        else "off",
        "webhooks": {
            "urls": simulator.webhooks.urls,
            "token": settings.webhook_token,
            "header": settings.webhook_header,
        },
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


def main(argv: list[str] | None = None) -> None:
    asyncio.run(serve(_arguments(argv)))


if __name__ == "__main__":
    main()
