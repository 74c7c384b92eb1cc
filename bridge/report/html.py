"""The report of a validation as one HTML page: no script, no file beside it, no personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from bridge.oracle.runs import Finding, FindingCount, RunRow
from bridge.report.plot import line_plot

__all__ = ["MEANINGS", "REMEDIES", "validation_page"]

MEANINGS: Final = {
    "MISSING_IN_CRM": "the ERP has it, the CRM has not",
    "MISSING_IN_ERP": "the CRM has it in a mirrored stage, the ERP has not",
    "DIFFERENT": "fields differ",
    "MIRROR": "LEADS does not show the stage of the lead",
    "DOUBLE": "a second lead of one CNPJ",
    "EXTRA_IN_CRM": "the branch takes no part any more",
}
REMEDIES: Final = {
    "SEND": "sent to the CRM",
    "READ": "read from the CRM and merged",
    "CONVERT": "made a client of the ERP",
    "RENEW": "forgotten and sent anew",
    "PERSON": "needs a person",
}

_STYLE = """
:root { color-scheme: light dark; --line: #2563eb; --soft: #8883; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--soft); }
.verdict { font-weight: 600; padding: .6rem .8rem; border-left: 4px solid; }
.equal { border-color: #15803d; } .differs { border-color: #b91c1c; }
svg { width: 100%; height: auto; } .grid { stroke: var(--soft); }
.axis { font-size: 11px; fill: currentColor; } .dot { fill: var(--line); }
.line { fill: none; stroke: var(--line); stroke-width: 2; }
"""


def validation_page(
    run: RunRow,
    *,
    counts: Sequence[FindingCount],
    findings: Sequence[Finding],
    history: Sequence[RunRow],
    convergence: Mapping[str, Any],
    not_compared: Sequence[str],
) -> str:
    """Return the page.

    Args:
        findings: the first ones; the page says so when the run has more.
        history: finished validations, the oldest first, this one with them.
        convergence: the row of CRM_CONVERGENCE_V.
    """
    is_equal = run.findings_open == 0
    verdict = (
        "What was compared is equal on both sides."
        if is_equal
        else f"Differences that are open: {run.findings_open}"
    )
    points = [
        (past.finished_on, float(past.findings)) for past in history if past.finished_on is not None
    ]
    more = run.findings - len(findings)
    body = [
        f"<h1>Validation {run.run_id}</h1>",
        f'<p class="verdict {"equal" if is_equal else "differs"}">{verdict}</p>',
        _table(("figure", "value"), _figures(run, convergence)),
        "<h2>Not compared</h2>",
        "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in not_compared) + "</ul>",
        "<h2>Differences over time</h2>",
        line_plot(points, title="Differences found by each validation"),
        "<h2>By kind</h2>",
        _table(
            ("what", "meaning", "remedy", "state", "count"),
            [
                (c.kind, MEANINGS.get(c.kind, ""), REMEDIES.get(c.action, ""), c.state, c.findings)
                for c in counts
            ],
        ),
        "<h2>Findings</h2>",
        _table(
            ("what", "record", "lead", "contact", "person", "fields", "remedy", "state"),
            [
                (
                    f.kind,
                    f.record_key,
                    f.crm_id,
                    f.contact_id,
                    f.person_id,
                    ", ".join(f.fields),
                    REMEDIES.get(f.action, f.action),
                    f.state,
                )
                for f in findings
            ],
        ),
    ]
    if more > 0:
        body.append(f"<p>{more} more are in CRM_SYNC_FINDINGS_V.</p>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>erpcrm: validation {run.run_id}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _figures(run: RunRow, convergence: Mapping[str, Any]) -> list[tuple[str, object]]:
    finished = run.finished_on or run.last_progress_on
    return [
        ("started", f"{run.started_on:%Y-%m-%d %H:%M:%S}, by {run.started_by}"),
        ("took", f"{(finished - run.started_on).total_seconds():,.0f} s"),
        ("read from the CRM", f"{run.records_read:,}"),
        ("equal", f"{run.records_equal:,}"),
        ("different", f"{run.findings:,}"),
        ("on their way at that moment", f"{run.records_busy:,}"),
        ("outside", f"{run.records_outside:,}"),
        ("leads proven equal within 24 h", f"{convergence['proven_percent']:g} %"),
        ("longest not proven", f"{convergence['oldest_seconds'] / 3600:,.1f} h"),
    ]


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value))
