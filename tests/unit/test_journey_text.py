"""Cypher files of journeys share stretches of text, as a statement cannot include another: they must stay the same."""

from __future__ import annotations

import re

from graphcdp.base import data_folder

FOLDER = data_folder("cypher") / "journey"


def test_the_files_of_a_family_share_their_beginning() -> None:
    for names, last in (
        (("funnel", "funnel_people", "funnel_paths"), "END AS reason\n"),
        (("flow", "paths", "path_people"), "ELSE [] END AS path\n"),
    ):
        bodies = []
        for name in names:
            text = re.sub(r"\A(//.*\n)+", "", (FOLDER / f"{name}.cypher").read_text())
            assert last in text, name
            bodies.append(text[: text.index(last)])
        assert len(set(bodies)) == 1, f"{names}: what they share differs"
        assert len(bodies[0]) > 1_000


def test_atoms_are_read_alike_everywhere() -> None:
    found = set()
    for path in sorted(FOLDER.glob("*.cypher")):
        for cases in re.findall(r"CASE atom\.op\s+(.*?) END, false\)", path.read_text(), re.DOTALL):
            found.add(" ".join(cases.split()))
    assert len(found) == 1, found
