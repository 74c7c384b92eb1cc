"""Start the CRM simulator: ``python -m devkit.spotter --port 0``."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from devkit.crm_server import add_arguments, serve, settings_given
from devkit.spotter.app import Server
from devkit.spotter.settings import Settings, parse_quota
from devkit.spotter.simulator import Simulator


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devkit.spotter", description=__doc__)
    add_arguments(parser, example="page_cap=50")
    parser.add_argument("--state", type=Path, help="keep the records in this file over restarts")
    parser.add_argument("--quota", default="30/20", help="requests/seconds, or 'off'")
    parser.add_argument("--token", help="the API token (header token_exact)")
    parser.add_argument("--webhook-url", help="where lead events go; {token} is filled in")
    parser.add_argument("--webhook-token", help="sent with each webhook in X-Webhook-Token")
    return parser.parse_args(argv)


def build_simulator(arguments: argparse.Namespace) -> Simulator:
    settings = Settings()
    changes: dict[str, object] = {}
    changes["quota_requests"], changes["quota_seconds"] = parse_quota(arguments.quota)
    if arguments.token:
        changes["token"] = arguments.token
    if arguments.webhook_token:
        changes["webhook_token"] = arguments.webhook_token
    settings.update(changes | settings_given(arguments.set))
    simulator = Simulator(settings, path=arguments.state, seed=arguments.seed)
    if arguments.webhook_url:
        simulator.webhooks.subscribe({"lead_updated": arguments.webhook_url})
    return simulator


async def run(arguments: argparse.Namespace) -> None:
    simulator = build_simulator(arguments)
    server = Server(simulator, host=arguments.host, port=arguments.port)
    settings = simulator.settings
    quota = f"{settings.quota_requests}/{settings.quota_seconds:g}"
    await serve(
        server,
        lambda: {
            "base_url": server.base_url,
            "token": settings.token,
            "admin_url": server.admin_url,
            "quota": quota if settings.quota_requests else "off",
            "webhooks": {
                "urls": simulator.webhooks.urls,
                "token": settings.webhook_token,
                "header": settings.webhook_header,
            },
        },
    )


def main(argv: list[str] | None = None) -> None:
    asyncio.run(run(_arguments(argv)))


if __name__ == "__main__":
    main()
