"""``python -m devkit.demo``: see ``make demo``."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from devkit.demo.processes import ProcessError
from devkit.demo.screen import Screen
from devkit.demo.story import Story
from devkit.demo.world import World, WorldError

_FOLDER = Path(".erpcrm/demo")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m devkit.demo",
        description="Both sides on one machine: edits in both directions, a crash, and a proof.",
        epilog="exit code: 0 both sides are equal and nothing was lost or doubled; 1 otherwise",
    )
    parser.add_argument(
        "--branches", type=int, default=200, help="client branches in the sample ERP"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave everything running, print the addresses"
    )
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, help="data and logs (emptied first)"
    )
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    screen = Screen()
    started = time.monotonic()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    try:
        with World(arguments.folder, branches=arguments.branches) as world:
            story = Story(world, screen)
            story.set_up()
            story.load()
            story.edit_both_sides()
            story.deal()
            story.roll_back()
            story.measure_latency()
            story.bypass_capture()
            holds = story.prove()
            verdict = (
                "[green]Both sides are equal.[/]" if holds else "[red]The proof does not hold.[/]"
            )
            screen.say(
                f"{verdict} ({time.monotonic() - started:.0f} s, logs in {arguments.folder})"
            )
            if arguments.keep:
                _keep(world, screen)
    except (ProcessError, WorldError) as exc:
        screen.say(f"[red]{exc}[/]")
        return 1
    return 0 if holds else 1


def _keep(world: World, screen: Screen) -> None:
    screen.say(
        f"Oracle (stand-in)  {world.dsn}  user SYSTEM, password {world.database['admin_password']}"
    )
    screen.say(
        f"CRM simulator      {world.simulator['base_url']}  admin {world.simulator['admin_url']}"
    )
    address = f"http://127.0.0.1:{world.web_port}"
    screen.say(f"overview page      {address}/")
    screen.say(f"its token          {world.api_token}")
    screen.say(f"daemon             {address}/readyz")
    screen.say("  with the token in the header X-Api-Token: /metrics, /docs, /edit_json")
    screen.say("Ctrl-C ends it.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        screen.say("stopping")


if __name__ == "__main__":
    sys.exit(main())
