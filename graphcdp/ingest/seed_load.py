"""Loads a seed: its rules are put in force, then its files go through the file ingestion that everybody uses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from graphcdp.base import Clock, InvalidInputError, logger
from graphcdp.graph import Graph
from graphcdp.identity.rules.files import read_rules
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.files import FileIngest, IngestPipeline
from graphcdp.ingest.seeds import Seed, SeedFile, new_anchor, population_files, story_files
from graphcdp.ingest.story import up_to

_log = logger(__name__)

SeedProgress = Callable[[str, float], None]
"""Told the file being loaded and how much of all the work is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What loading a seed did.

    Attributes:
        seed: its name.
        anchor: the instant its story is told at.
        scale: parts of its population that are in the graph now.
        until: the last chapter of its story that is in the graph now.
        files: files looked at.
        accepted: facts that are new by this call.
        duplicates: rows that stated a fact already there.
        rejected: rows that could not be taken (a few are wrong on purpose).
        skipped: rows that the definitions say to leave out.
        already: whether everything was in before, and nothing changed.
        seconds: how long it took.
    """

    seed: str
    anchor: datetime
    scale: int
    until: str
    files: int
    accepted: int
    duplicates: int
    rejected: int
    skipped: int
    already: bool
    seconds: float


SeedSetup = Callable[[Seed], Awaitable[None]]
"""Sets up what a seed's folder says beside its data, before the data comes; as often as it is loaded."""


SeedClosing = Callable[[Seed, str], Awaitable[None]]
"""Sets up what a seed's folder says beside its data, after the data came; as often as it is loaded."""


class SeedLoader:
    """Loads seeds.

    Attributes:
        files: loads them.
        setups: what later stages set up for a seed, before its data.
        ends: what later stages derive from its data when new data came.
        closings: what later stages set up over its data, given the last chapter told.

    Args:
        graph: where the anchor is kept.
        pipeline: where facts go.
        rules: which identity rules are in force.
        clock: says when a first loading is.
        cache: folder for generated files.
    """

    def __init__(self, graph: Graph, pipeline: IngestPipeline, rules: RuleBook, clock: Clock, cache: Path) -> None:
        self._graph = graph
        self.files = FileIngest(pipeline, graph, clock)
        self.setups: list[SeedSetup] = []
        self.ends: list[Callable[[], Awaitable[Any]]] = []
        self.closings: list[SeedClosing] = []
        self._rules = rules
        self._clock = clock
        self._cache = cache

    async def load(
        self, seed: Seed, *, scale: int = 1, until: str | None = None, progress: SeedProgress | None = None
    ) -> SeedReport:
        """Load a seed, or what of it is not there yet.

        The first loading decides the instant the story is told at; every later one uses the same, so that loading again
        changes nothing. A larger scale adds people, a later chapter adds rows; neither takes any away.

        Args:
            seed: the demonstration.
            scale: how many parts of its population.
            until: the last chapter of its story; None for the seed's own choice.
            progress: told before each file.

        Raises:
            InvalidInputError: the scale is less than 1.
            ConfigurationError: there is no such chapter, or other identity rules are in force over other data.
        """
        if scale < 1:
            raise InvalidInputError(f"A scale of {scale} is less than 1; give 1 for {seed.customers} customers.")
        began = monotonic()
        chapters = up_to(seed.chapters, until or seed.until)
        await self._rules.adopt(read_rules(seed.rules))
        for setup in self.setups:
            await setup(seed)
        known = (
            await self._graph.write(
                "ingest.seed_anchor", id=seed.name, anchor=new_anchor(self._clock.now()), made_by=seed.version
            )
        )[0]
        anchor: datetime = known["anchor"]
        first_part = 0 if known["made_by"] == seed.version else int(known["scale"])
        if first_part:
            _log.info("seed_population_kept", seed=seed.name, parts=first_part, made_by=known["made_by"])
        total = max(1, (scale - first_part) * len(seed.sources)) + sum(len(chapter.rows) for chapter in chapters)
        accepted = duplicates = rejected = skipped = seen = 0
        already = True
        for files in (
            population_files(seed, self._cache, anchor, first_part, scale),
            story_files(seed, self._cache, anchor, chapters),
        ):
            while (file := await asyncio.to_thread(_following, files)) is not None:
                if progress is not None:
                    progress(file.title, min(1.0, seen / total))
                report = await self.files.load(file.path, file.definition)
                seen += 1
                if report.already:
                    continue
                already = False
                accepted += report.counts.accepted
                duplicates += report.counts.duplicates
                rejected += report.counts.rejected
                skipped += report.counts.skipped
        reached_scale = max(scale, int(known["scale"]))
        reached = _later(seed, chapters[-1].name, known["until"])
        if not already or (known["scale"], known["until"]) != (reached_scale, reached):
            await self._graph.write("ingest.seed_loaded", id=seed.name, scale=reached_scale, until=reached)
        if not already:
            for end in self.ends:
                await end()
        for closing in self.closings:
            await closing(seed, reached)
        if progress is not None:
            progress("done", 1.0)
        return SeedReport(
            seed.name, anchor, reached_scale, reached, seen, accepted, duplicates, rejected, skipped, already,
            monotonic() - began,
        )  # fmt: skip


def _following(files: Iterator[SeedFile]) -> SeedFile | None:
    return next(files, None)


def _later(seed: Seed, one: str, other: str | None) -> str:
    """Return the chapter that comes later in the story."""
    names = [chapter.name for chapter in seed.chapters]
    return max((name for name in (one, other) if name in names), key=names.index)
