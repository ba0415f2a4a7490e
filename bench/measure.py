"""What a measurement is, and on what machine it was made."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import psutil


@dataclass(frozen=True, slots=True)
class Samples:
    """One thing measured several times.

    Attributes:
        what: for people.
        unit: such as `events/s`, `ms`, `s`, `MB`.
        values: one a run, in the order made.
    """

    what: str
    unit: str
    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the least and the greatest value, as a part of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def __str__(self) -> str:
        digits = 0 if self.median >= 100 else 2
        return f"{self.median:,.{digits}f} {self.unit} ±{self.spread:.0%}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A thing against another, and what was aimed at.

    Attributes:
        name: stable, for programs.
        work: what was measured, for people.
        size: of the data it was measured on.
        ours: the samples of graphcdp.
        against: the samples that it is held against; None where the figure stands alone.
        figure: the ratio `ours / against` (medians), or the median itself.
        target: what design.md section 7 wants of the figure; None: no target.
        better: whether more or less is better.
        note: what else a reader must know.
    """

    name: str
    work: str
    size: str
    ours: Samples
    against: Samples | None = None
    target: float | None = None
    better: Literal["more", "less"] = "more"
    note: str = ""
    figure: float = field(init=False)

    def __post_init__(self) -> None:
        value = self.ours.median / self.against.median if self.against is not None else self.ours.median
        object.__setattr__(self, "figure", value)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.figure >= self.target if self.better == "more" else self.figure <= self.target

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "met": self.met, "ours_median": self.ours.median} | (
            {"against_median": self.against.median} if self.against else {}
        )


def machine() -> dict[str, Any]:
    """Describe the machine: processor, cores, memory, versions, and how busy it was."""
    processor = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "neo4j_driver": version("neo4j"),
        "load_average": [round(load, 2) for load in psutil.getloadavg()],
    }


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process and its children hold, in megabytes (10**6 bytes)."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in family) / 1e6


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used since it began, in seconds; the clock ticks every 10 ms."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)
