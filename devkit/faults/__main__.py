"""``python -m devkit.faults``: see ``make chaos``."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from devkit.demo.processes import ProcessError
from devkit.demo.world import WorldError
from devkit.faults.campaign import Campaign, Options, Result
from devkit.faults.plan import FAULTS
from devkit.faults.report import as_data, as_text, with_row
from devkit.faults.site import Site

_EXAMPLES = """examples:
  python -m devkit.faults --minutes 10 --seed 3
  python -m devkit.faults --minutes 60 --json report.json
  python -m devkit.faults --rounds 2 --only daemon_killed --only crm_reset_after

exit status: 0 everything held, 1 a violation was found, 2 wrong usage, 3 the world does not come up
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devkit.faults",
        description="Random edits of both sides, faults of every kind, and a check of every entity.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=3.0, help="begin no round after these")
    parser.add_argument("--rounds", type=int, help="so many rounds instead")
    parser.add_argument("--seed", type=int, help="of the plan (default: a new one, printed)")
    parser.add_argument("--edits", type=int, default=80, help="edits a round (default %(default)s)")
    parser.add_argument(
        "--faults", type=int, default=10, help="faults a round (default %(default)s)"
    )
    parser.add_argument(
        "--kills",
        type=int,
        default=40,
        help="deaths of daemons besides, a round (default %(default)s)",
    )
    parser.add_argument(
        "--quota",
        metavar="CALLS/SECONDS",
        help="let the daemons keep this quota, and check it by the CRM's own account",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(FAULTS),
        metavar="KIND",
        help=f"faults of this kind only; repeatable: {', '.join(FAULTS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="add a row to its table of campaigns"
    )
    parser.add_argument("--keep-going", action="store_true", help="go on after a violation")
    parser.add_argument(
        "--folder", type=Path, help="data and logs, kept (default: a temporary one)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    seed = options.seed if options.seed is not None else int(time.time()) % 100_000
    folder = options.folder or Path(tempfile.mkdtemp(prefix="erpcrm-chaos-"))
    print(f"seed {seed}; logs in {folder}", flush=True)
    plan = Options(
        seed=seed,
        edits=options.edits,
        faults=options.faults,
        kills=options.kills,
        fault_kinds=tuple(options.only or FAULTS),
        quota=_quota(options.quota),
    )
    site = Site(folder, extra=quota_settings(plan.quota))
    try:
        result = _run(site, plan, options)
    except (WorldError, ProcessError) as exc:
        print(exc, file=sys.stderr)
        return 3
    finally:
        site.stop()
    print(as_text(result))
    if options.json is not None:
        options.json.write_text(
            json.dumps(as_data(result), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    if options.write is not None:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(with_row(page, result), encoding="utf-8")
    if not result.check.violations and options.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if result.check.violations else 0


def _quota(text: str | None) -> tuple[int, float] | None:
    calls, _, seconds = (text or "").partition("/")
    return (int(calls), float(seconds)) if text else None


def quota_settings(quota: tuple[int, float] | None) -> dict[str, str]:
    """The daemon's settings for a quota that the campaign checks."""
    if quota is None:
        return {}
    return {
        "ERPCRM_CRM__QUOTA_CALLS": str(quota[0]),
        "ERPCRM_CRM__QUOTA_SECONDS": str(quota[1]),
    }


def _run(site: Site, plan: Options, options: argparse.Namespace) -> Result:
    site.prepare()
    campaign = Campaign(site, plan, say=lambda text: print(text, flush=True))
    started = time.monotonic()
    for result in campaign.rounds():
        if result.check.violations and not options.keep_going:
            break
        if options.rounds is not None:
            if result.rounds >= options.rounds:
                break
        elif time.monotonic() - started > 60 * options.minutes:
            break
    return campaign.result


if __name__ == "__main__":
    sys.exit(main())
