"""What the files at the root promise."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_lock_names_exact_versions_and_nothing_else() -> None:
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0])
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.+!]*", line)] == []


def test_the_lock_holds_what_the_project_needs_in_versions_it_allows() -> None:
    optional = PROJECT["optional-dependencies"]
    needed = [Requirement(text) for text in (*PROJECT["dependencies"], *optional["explore"], *optional["dev"])]
    versions = locked()
    for requirement in needed:
        if requirement.name == PROJECT["name"]:
            continue
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is missing: run make lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} against {version}"


def test_make_lists_its_targets() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    listed = set(re.findall(r"^  (\w+) ", shown, re.MULTILINE))
    assert {"help", "install", "demo", "test", "lint", "bench", "schema", "lock", "clean"} <= listed


def test_every_link_between_the_docs_leads_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
