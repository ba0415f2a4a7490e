"""The segments that a seed brings along."""

from __future__ import annotations

from typing import Any

import yaml

from graphcdp.base import ConfigurationError
from graphcdp.ingest import Seed
from graphcdp.segments.store import Segments


async def set_up(segments: Segments, seed: Seed, reached: str) -> None:
    """Define and activate what a seed's `segments.yaml` says, as far as its story was told.

    A segment that is there already stays as it is: a person may have changed it since.

    Args:
        segments: where.
        seed: the demonstration.
        reached: the last chapter that was loaded.

    Raises:
        ConfigurationError: the file is no list of segments.
        RuleError: a rule cannot be read, or does not fit the graph.
    """
    file = seed.folder / "segments.yaml"
    if not file.is_file():
        return
    told: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    wanted = told.get("segments") if isinstance(told, dict) else None
    if not isinstance(wanted, dict):
        raise ConfigurationError(f"{file} has no `segments`: a map from ids to `name`, `from` and `rule`.")
    there = {one.id for one in await segments.all()}
    for id, one in wanted.items():
        if id not in there and seed.reaches(one.get("from"), reached):
            author = f"seed:{seed.name}"
            await segments.define(id, one["rule"], name=one.get("name"), author=author)
            await segments.change_state(id, "active", author=author)
