"""Seeds: demonstrations that ship as a folder (seed/<name>/), loaded through the file ingestion everybody uses."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import yaml

from graphcdp.base import ConfigurationError, NotFoundError, data_folder
from graphcdp.base.ids import content_hash
from graphcdp.ingest.seed_files import RawRow, file_name, write_file
from graphcdp.ingest.story import Chapter, dated, read_chapters
from graphcdp.sources import SourceDefinition

History = Callable[[Path, date, int, int], Mapping[str, Sequence[RawRow]]]
"""What a seed's population.py offers: (folder, today, part, customers) to each source's raw rows."""


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One file to load.

    Attributes:
        definition: its source.
        path: where it is.
        title: for people, such as "Web shop" or "L2 Web shop".
    """

    definition: SourceDefinition
    path: Path
    title: str


@dataclass(frozen=True, slots=True)
class Seed:
    """A demonstration.

    Attributes:
        name: such as `luma`.
        title: for people.
        folder: where its files are.
        rules: its identity rules.
        zone: whose clock the story speaks of.
        until: the chapter it is played up to when nobody says.
        customers: how many people one part of its population has; a scale of n has n parts.
        sources: in the order they are loaded.
        chapters: its story, in order.
    """

    name: str
    title: str
    folder: Path
    rules: Path
    zone: ZoneInfo
    until: str
    customers: int
    sources: tuple[SourceDefinition, ...]
    chapters: tuple[Chapter, ...]

    @classmethod
    def load(cls, name: str) -> Seed:
        """Read a seed's folder.

        Raises:
            NotFoundError: there is no such seed; the message names those there are.
            ConfigurationError: one of its files is wrong.
        """
        shelf = data_folder("seed")
        known = sorted(path.parent.name for path in shelf.glob("*/seed.yaml"))
        if name not in known:
            raise NotFoundError(f"There is no seed {name}; there is {', '.join(known) or 'none'}.", seed=name)
        folder = shelf / name
        content = yaml.safe_load((folder / "seed.yaml").read_text(encoding="utf-8"))
        sources = tuple(SourceDefinition.load(folder / path) for path in content["sources"])
        return cls(
            name=name,
            title=content["title"],
            folder=folder,
            rules=folder / content["rules"],
            zone=ZoneInfo(content["timezone"]),
            until=content["until"],
            customers=content["population"],
            sources=sources,
            chapters=read_chapters(folder / "story", [definition.source for definition in sources]),
        )

    def brought(self, file: Path, parts: Collection[str], reached: str) -> dict[str, Any] | None:
        """Return what a file of definitions says that the seed brings along, once its story was told far enough.

        Args:
            file: in its folder; it need not be there.
            parts: what the file may say; `from`, a chapter, is from when on it holds.
            reached: the last chapter that was loaded.

        Raises:
            ConfigurationError: the file says something else.
        """
        if not file.is_file():
            return None
        told: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not isinstance(told, dict) or not told.keys() <= set(parts):
            raise ConfigurationError(f"{file} says {', '.join(sorted(parts))} and nothing else.")
        return told if self.reaches(told.get("from"), reached) else None

    def reaches(self, chapter: str | None, reached: str) -> bool:
        """Say whether a story told up to a chapter has come to another; None is its first."""
        names = [one.name for one in self.chapters]
        return names.index(chapter or names[0]) <= names.index(reached)

    @property
    def version(self) -> str:
        """A hash of everything its files are made from: another version writes other files."""
        made_from = sorted([*self.folder.glob("*.py"), *self.folder.glob("*.yaml"), *self.folder.glob("story/*.yaml")])
        return content_hash(b"\0".join(path.read_bytes() for path in made_from))[:10]


def new_anchor(now: datetime) -> datetime:
    """Return the instant a story is told at when it is first loaded: the last full hour."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def population_files(seed: Seed, cache: Path, anchor: datetime, first: int, scale: int) -> Iterator[SeedFile]:
    """Give the population's files part by part, making those that are not in the cache.

    Part n is the same at every scale, so a larger scale adds files and changes none.

    Args:
        seed: the demonstration.
        cache: folder for generated files; they are written to `<cache>/seeds/<name>/<anchor>-<version>/`.
        anchor: the instant it is told at.
        first: the first part wanted, from 0.
        scale: how many parts there are.
    """
    history: History | None = None
    for part in range(first, scale):
        folder = home_of(seed, cache, anchor) / f"{seed.customers}-customers" / f"part-{part:03d}"
        paths = {definition.source: folder / file_name(definition) for definition in seed.sources}
        if not all(path.is_file() for path in paths.values()):
            history = history or history_of(seed)
            rows = history(seed.folder, anchor.astimezone(seed.zone).date(), part, seed.customers)
            for definition in seed.sources:
                write_file(definition, paths[definition.source], rows.get(definition.source, ()))
        for definition in seed.sources:
            suffix = f" {part + 1} of {scale}" if scale > 1 else ""
            yield SeedFile(definition, paths[definition.source], f"{definition.title}{suffix}")


def story_files(seed: Seed, cache: Path, anchor: datetime, chapters: Sequence[Chapter]) -> Iterator[SeedFile]:
    """Give the story's files chapter by chapter, making those that are not in the cache."""
    for chapter in chapters:
        for definition in seed.sources:
            rows = chapter.rows.get(definition.source)
            if not rows:
                continue
            path = home_of(seed, cache, anchor) / "story" / chapter.name / file_name(definition)
            if not path.is_file():
                write_file(definition, path, [dated(row, definition, anchor, seed.zone) for row in rows])
            yield SeedFile(definition, path, f"{chapter.name} {definition.title}")


def home_of(seed: Seed, cache: Path, anchor: datetime) -> Path:
    """Return the folder of a seed's generated files."""
    return cache / "seeds" / seed.name / f"{anchor:%Y-%m-%dT%H}-{seed.version}"


def history_of(seed: Seed) -> History:
    """Import the seed's population.py, which is no part of the package, and return its `history`.

    Raises:
        NotFoundError: the installation is damaged.
    """
    package = f"graphcdp_seed_{seed.name}"
    if package not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            package, seed.folder / "__init__.py", submodule_search_locations=[str(seed.folder)]
        )
        if spec is None or spec.loader is None:
            raise NotFoundError(f"The seed {seed.name} has no __init__.py; install graphcdp again.", seed=seed.name)
        module = importlib.util.module_from_spec(spec)
        sys.modules[package] = module
        spec.loader.exec_module(module)
    return cast(History, importlib.import_module(f"{package}.population").history)
