"""HTML that is escaped unless it was made here; pure.

A text becomes markup only through ``tag`` or ``page``, and both escape what is no markup yet.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Final

from aiohttp import web

__all__ = ["Html", "page", "respond", "table", "tag"]

_VOID: Final = frozenset({"input", "br", "meta"})
_STYLE: Final = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--bad:#c0392b;--good:#27824a;--mark:#2b6cb0}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem 1.5rem 3rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:1.6rem 0 .4rem}
header{display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap}
header form{margin-left:auto}p{margin:.4rem 0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-weight:600}td.number{text-align:right;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.6rem;margin:.8rem 0}
dl div{background:var(--soft);border-radius:.4rem;padding:.5rem .7rem}
dt{font-size:.8rem}dd{margin:0;font-size:1.35rem;font-variant-numeric:tabular-nums}
.bad{color:var(--bad)}.good{color:var(--good)}.quiet{opacity:.7;font-size:.85rem}
textarea{width:100%;min-height:22rem;font:13px/1.4 ui-monospace,monospace;box-sizing:border-box}
label{display:block;margin:.6rem 0 .2rem}input,button{font:inherit;padding:.25rem .5rem}
svg{width:100%;height:9rem;background:var(--soft);border-radius:.4rem}
svg polyline{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
svg .backlog{stroke:var(--bad)}svg .out{stroke:var(--mark)}
svg .in{stroke:var(--good)}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    # No script at all, nothing from elsewhere, and no form but to here.
    "Content-Security-Policy": "default-src 'none'; "
    f"style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Html(str):
    """Markup: made here, and never escaped again."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """Return an element; ``class_`` is the attribute ``class``, True an attribute without a value.

    Children and attributes are texts unless they are ``Html``; None is left out.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        parts.append(attribute if value is True else f'{attribute}="{html.escape(str(value))}"')
    start = f"<{' '.join(parts)}>"
    if name in _VOID:
        return Html(start)
    return Html(f"{start}{''.join(_escaped(child) for child in children)}</{name}>")


def table(columns: list[str], rows: list[list[object]]) -> Html:
    """Return a table; numbers stand to the right."""
    head = tag("tr", *(tag("th", column) for column in columns))
    lines = [
        tag("tr", *(tag("td", _shown(cell), class_=_kind(cell)) for cell in row)) for row in rows
    ]
    return tag("table", tag("thead", head), tag("tbody", *lines))


def page(title: str, *children: object, refresh_seconds: int | None = None) -> str:
    """Return a whole page."""
    refresh = (
        tag("meta", http_equiv="refresh", content=refresh_seconds) if refresh_seconds else None
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width"),
        refresh,
        tag("title", title),
        tag("style", Html(_STYLE)),
    )
    return "<!doctype html>" + tag("html", head, tag("body", *children), lang="en")


def respond(text: str, *, status: int = 200) -> web.Response:
    """Return a page as an answer that a browser neither keeps nor lets others frame."""
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)


def _escaped(child: object) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Html) else html.escape(str(child))


def _shown(cell: object) -> object:
    if cell is None:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else cell


def _kind(cell: object) -> str | None:
    return "number" if isinstance(cell, int | float) and not isinstance(cell, bool) else None
