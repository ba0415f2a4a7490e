"""An export as a page that a person can read: one file, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import orjson

from graphcdp.governance.export import PersonExport

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d2430;background:#fff;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid #c9d1dc;padding-bottom:.3rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;
border-bottom:1px solid #e3e8ef;overflow-wrap:anywhere}th{color:#4a5568;font-weight:600}
nav a{margin-right:1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font-size:.8rem}
@media (prefers-color-scheme:dark){body{background:#12161c;color:#e4e9f0}th{color:#a5b1c2}th,td{border-color:#2b333f}
h2{border-color:#3a4452}a{color:#8ab4f8}}
"""
_TITLES = {
    "profile": "Profile",
    "identities": "What identifies you",
    "attributes": "What sources state about you",
    "computed_attributes": "What was computed from what you did",
    "scores": "How you were scored",
    "memberships": "Groups you are or were in",
    "audiences": "Lists that you are on",
    "consents": "What you agreed to",
    "deliveries": "Where your data was sent",
    "held_by": "Who holds your data now",
    "messages": "Who wrote to you",
    "reminders": "What you want to be reminded of",
    "suppressions": "Where nothing is sent to you",
    "devices": "Devices",
    "household": "Household",
    "facts": "What happened, in order",
    "rejected": "What was refused and names you",
    "erased_before": "When you were erased before",
    "links": "Why these identifiers are taken for one person",
    "former_identities": "Identifiers that were once taken for yours",
    "likely_same_suggestions": "Whether you may be the same person as another profile",
    "audit": "What was done with your profile",
}


def page(export: PersonExport) -> str:
    """Return the export as an HTML document. Everything in it that came from outside is escaped."""
    sections = export.as_map()
    made = sections.pop("exported_at")
    shown = [(name, held) for name, held in sections.items() if held]
    links = " ".join(f'<a href="#{escape(name)}">{escape(_title(name))}</a>' for name, _ in shown)
    body = "".join(
        f'<section id="{escape(name)}"><h2>{escape(_title(name))}</h2>{_table(held)}</section>' for name, held in shown
    )
    empty = [_title(name) for name, held in sections.items() if not held]
    nothing = f"<p>Nothing is held under: {escape(', '.join(empty))}.</p>" if empty else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Data about you</title><style>{_STYLE}</style></head><body><h1>Data about you</h1>"
        f"<p>Everything that is held about you, as of {escape(_text(made))}. Times are in UTC.</p><nav>{links}</nav>"
        f"{body}{nothing}</body></html>\n"
    )


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def _table(held: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    if isinstance(held, Mapping):
        rows = "".join(
            f'<tr><th scope="row">{escape(_label(name))}</th><td>{_cell(value)}</td></tr>'
            for name, value in held.items()
        )
        return f"<table>{rows}</table>"
    names = [name for name in held[0] if any(one.get(name) not in (None, "", [], {}) for one in held)]
    head = "".join(f'<th scope="col">{escape(_label(name))}</th>' for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_cell(one.get(name))}</td>" for name in names) + "</tr>" for one in held)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return (
            f"<pre>{escape(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode())}</pre>"
            if value
            else ""
        )
    if isinstance(value, list | tuple):
        return "<br>".join(_cell(each) for each in value)
    return escape(_text(value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
