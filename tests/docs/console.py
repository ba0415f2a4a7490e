"""Reads the `console` blocks of a page and runs them, as a reader would type them.

A line that begins with `$ ` is a command (a backslash at its end goes on in the next line); the lines up to the next
one are its answer. `…` in an answer stands for any text. A block `yaml title="name"` (any language) is a file that the
commands find in their folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests import warm

_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a page.

    Attributes:
        line: where its block begins in the page.
        text: as typed.
        answer: what the page says it prints, standard output and error together.
    """

    line: int
    text: str
    answer: str


def read(page: Path, folder: Path) -> list[Command]:
    """Return a page's commands in order, and write the files that it shows into a folder."""
    text = page.read_text(encoding="utf-8")
    found: list[Command] = []
    for match in _BLOCK.finditer(text):
        language, title, content = match.groups()
        if title:
            (folder / title).write_text(content, encoding="utf-8")
        elif language == "console":
            found.extend(_commands(content, text.count("\n", 0, match.start()) + 1))
    return found


async def follow(page: Path, folder: Path, home: Path, **environment: str) -> int:
    """Type the commands of a page in order, in a folder; return how many they are.

    Args:
        page: the page.
        folder: where they are typed; the files that the page shows are written there first.
        home: of the installation that they are typed for.
        environment: further variables.

    Raises:
        AssertionError: one or more did not answer as the page says; what they said.
    """
    commands = read(page, folder)
    wrong: list[str] = []
    for command in commands:
        said = await anyio.to_thread.run_sync(run, command, folder, {"GRAPHCDP_HOME": str(home), **environment})
        if said is not None:
            wrong.append(f"line {command.line}: $ {command.text}\nthe page:\n{command.answer}\nanswered:\n{said}\n")
    assert not wrong, "\n".join(wrong)
    return len(commands)


def run(command: Command, folder: Path, environment: dict[str, str]) -> str | None:
    """Run a command in a folder; return None where it answers as the page says, else what it said."""
    ran = subprocess.run(
        ["bash", "-c", command.text],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{warm.folder()}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": str(_WIDTH),
            "NO_COLOR": "1",
            "TERM": "dumb",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    said = _tidy(ran.stdout)
    return None if _pattern(command.answer).fullmatch(said) else said


def _commands(block: str, line: int) -> list[Command]:
    found: list[Command] = []
    typed: list[str] = []
    answer: list[str] = []
    goes_on = False
    for each in block.splitlines():
        if goes_on:
            typed.append(each)
        elif each.startswith("$ "):
            if typed:
                found.append(Command(line, "\n".join(typed), _tidy("\n".join(answer))))
            typed, answer = [each[2:]], []
        else:
            answer.append(each)
            continue
        goes_on = typed[-1].endswith("\\")
    if typed:
        found.append(Command(line, "\n".join(typed), _tidy("\n".join(answer))))
    return found


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _pattern(answer: str) -> re.Pattern[str]:
    """Return what an answer matches: `…` any text, line breaks included; the rest literally."""
    return re.compile(".*?".join(re.escape(part) for part in answer.split("…")), re.DOTALL)
