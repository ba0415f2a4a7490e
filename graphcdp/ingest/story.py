"""Reads a story: raw rows whose times stand relative to an anchor, such as `-2d 18:04:10` or `-3h 10m`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from graphcdp.base import ConfigurationError
from graphcdp.sources import SourceDefinition

_CLOCK = re.compile(r"([-+]\d+)d (\d\d):(\d\d)(?::(\d\d))?")
_DAY = re.compile(r"([-+]\d+)d")
_SPAN = re.compile(r"([-+])(?:(\d+)h)? ?(?:(\d+)m)? ?(?:(\d+)s)?")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One row of the mission, as raw rows.

    Attributes:
        name: such as `L1`.
        what: a few sentences for people.
        rows: source name to its raw rows, times still relative.
    """

    name: str
    what: str
    rows: Mapping[str, Sequence[Mapping[str, Any]]]


def read_chapters(folder: Path, known_sources: Sequence[str]) -> tuple[Chapter, ...]:
    """Read every chapter of a story in order (L1 before L10).

    Raises:
        ConfigurationError: a file is wrong; says which and what.
    """
    chapters = []
    for path in sorted(folder.glob("*.yaml"), key=lambda path: _order(path.stem)):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("row") != path.stem or not content.get("what"):
            raise ConfigurationError(f"{path}: a chapter needs `row: {path.stem}` and a few words in `what`; add them.")
        rows = content.get("rows") or {}
        for source in rows:
            if source not in known_sources:
                raise ConfigurationError(
                    f"{path}: the source {source} is not in seed.yaml; it has {', '.join(known_sources)}."
                )
        chapters.append(Chapter(path.stem, content["what"].strip(), rows))
    return tuple(chapters)


def up_to(chapters: Sequence[Chapter], name: str) -> tuple[Chapter, ...]:
    """Return the chapters up to and with one.

    Raises:
        ConfigurationError: there is no such chapter.
    """
    names = [chapter.name for chapter in chapters]
    if name not in names:
        raise ConfigurationError(f"The story has no row {name}; it has {', '.join(names)}.", until=name)
    return tuple(chapters[: names.index(name) + 1])


def dated(row: Mapping[str, Any], definition: SourceDefinition, anchor: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Replace a raw row's relative times by real ones, as its source writes them.

    `-2d 18:04:10` is that clock time two days before the anchor's day; `-3h 10m` is that long before the anchor; a bare
    `-40d` is a date. Everything else stays.

    Args:
        row: the raw row.
        definition: its `time.format` says how the source writes an instant (XDM and tracking calls: ISO in UTC).
        anchor: the instant the story is told at.
        zone: whose clock the story speaks of.
    """
    return {name: _dated(value, definition, anchor, zone) for name, value in row.items()}


def _dated(value: Any, definition: SourceDefinition, anchor: datetime, zone: ZoneInfo) -> Any:
    if isinstance(value, Mapping):
        return {name: _dated(inner, definition, anchor, zone) for name, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, definition, anchor, zone) for inner in value]
    if not isinstance(value, str) or value[:1] not in "-+":
        return value
    today = anchor.astimezone(zone).date()
    if clock := _CLOCK.fullmatch(value):
        day = today + timedelta(days=int(clock[1]))
        local = datetime(day.year, day.month, day.day, int(clock[2]), int(clock[3]), int(clock[4] or 0), tzinfo=zone)
        return _instant(local.astimezone(UTC), definition)
    if bare := _DAY.fullmatch(value):
        return _day(today + timedelta(days=int(bare[1])), definition)
    if (span := _SPAN.fullmatch(value)) and len(value) > 1:
        length = timedelta(hours=int(span[2] or 0), minutes=int(span[3] or 0), seconds=int(span[4] or 0))
        return _instant(anchor - length if span[1] == "-" else anchor + length, definition)
    return value


def _instant(at: datetime, definition: SourceDefinition) -> Any:
    if definition.format == "parquet":
        return at
    spec = definition.time
    if spec is None or spec.format == "iso":
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if spec.format == "epoch_ms":
        return int(at.timestamp() * 1000)
    if spec.format == "epoch_s":
        return int(at.timestamp())
    return at.astimezone(ZoneInfo(spec.timezone)).strftime(spec.format)


def _day(day: date, definition: SourceDefinition) -> str:
    spec = definition.time
    if spec is None or "%" not in spec.format:
        return day.isoformat()
    return day.strftime(spec.format.split(" ")[0])


def _order(name: str) -> tuple[str, int]:
    digits = re.search(r"\d+$", name)
    return (name[: digits.start()], int(digits[0])) if digits else (name, 0)
