"""Read a Cypher file: a header of comment lines that says what the statement takes and gives, then the statement.

The header's first lines are a signature in the words of APOC (`name(input = default :: TYPE) :: (output :: TYPE)`, or
`:: VOID` where no rows come back), so the same text serves the driver and `apoc.custom.installProcedure`. Then one line
`MODE READ` or `MODE WRITE`, after it the optional lines `INTERNAL` (driver only, never installed as a procedure) and
`SYSTEM` (internal, and runs on the database `system`), then what the statement does, in prose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import yaml

from graphcdp.base import StatementError

PREFIX = "graphcdp."

_TYPES = frozenset(
    {
        *("MAP", "ANY", "NODE", "RELATIONSHIP", "PATH", "POINT", "STRING", "BOOLEAN", "NUMBER", "INTEGER", "FLOAT"),
        *("DATE", "TIME", "LOCALTIME", "DATETIME", "LOCALDATETIME", "DURATION"),
    }
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_SIGNATURE = re.compile(r"(?P<name>[A-Za-z0-9_.]+)\s*\((?P<inputs>.*?)\)\s*::\s*(?P<outputs>VOID|\(.*\))", re.DOTALL)
_FLAGS = frozenset({"INTERNAL", "SYSTEM"})
_PLAIN_DEFAULT = re.compile(r'null|true|false|\d+|\d+\.\d+|"[^"]+"|\[.*\]|\{.*\}', re.DOTALL)


class Mode(StrEnum):
    """Whether a statement writes."""

    READ = "READ"
    WRITE = "WRITE"


@dataclass(frozen=True, slots=True)
class Column:
    """One input or output: its name and its type in APOC's words (`STRING`, `LIST OF MAP`, ...)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One Cypher file.

    Attributes:
        name: path below the folder, with dots (`identity.weakest_link`).
        inputs: parameters in order; outputs: columns in order, empty for VOID.
        mode: READ or WRITE.
        description: the header's prose in one paragraph.
        text: the Cypher below the header.
        defaults: values of the inputs that may be left out.
        signature: the header's signature on one line.
        internal: never installed as a procedure; system: runs on the database `system`.
        required: the inputs without a default; names: all inputs.
    """

    name: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    mode: Mode
    description: str
    text: str
    defaults: Mapping[str, Any]
    signature: str
    internal: bool
    system: bool
    names: frozenset[str]
    required: frozenset[str]


def parse_statement(name: str, source: str) -> Statement:
    """Read one file.

    Args:
        name: what the path says the statement is called.
        source: the file's text.

    Raises:
        StatementError: the header is missing or wrong; the sentence says where and how it should read.
    """
    header, text = _split(name, source)
    signature_lines, flags, prose, mode = _sections(name, header)
    found = _SIGNATURE.fullmatch(" ".join(" ".join(signature_lines).split()))
    if found is None:
        raise _wrong(
            name,
            "the signature cannot be read",
            "Write `graphcdp.NAME(input :: TYPE) :: (output :: TYPE)`, or `:: VOID`",
        )
    if found["name"] != PREFIX + name:
        raise _wrong(name, f"the header names {found['name']}", f"The path says {PREFIX}{name}: make them the same")
    if not text:
        raise _wrong(name, "there is no Cypher below the header", "Write the statement")
    inputs, defaults = _inputs(name, found["inputs"])
    outputs = () if found["outputs"] == "VOID" else _outputs(name, found["outputs"][1:-1])
    names = frozenset(column.name for column in inputs)
    return Statement(
        name=name,
        inputs=inputs,
        outputs=outputs,
        mode=mode,
        description=" ".join(prose),
        text=text,
        defaults=MappingProxyType(defaults),
        signature=found[0],
        internal=bool(flags),
        system="SYSTEM" in flags,
        names=names,
        required=names - defaults.keys(),
    )


def _split(name: str, source: str) -> tuple[list[str], str]:
    lines = source.lstrip("\ufeff").strip().splitlines()
    count = next((index for index, line in enumerate(lines) if not line.startswith("//")), len(lines))
    if count == 0:
        raise _wrong(name, "there is no header", "Begin with `// graphcdp.NAME(...) :: (...)` and `// MODE READ`")
    text = "\n".join(line.rstrip() for line in lines[count:]).strip().removesuffix(";").rstrip()
    return [line[2:].strip() for line in lines[:count]], text


def _sections(name: str, header: list[str]) -> tuple[list[str], set[str], list[str], Mode]:
    marks = [index for index, line in enumerate(header) if re.fullmatch(r"MODE\s+\w+", line)]
    if not marks:
        raise _wrong(name, "the mode is missing", "Add the line `// MODE READ` or `// MODE WRITE` below the signature")
    word = header[marks[0]].split()[1]
    if word not in Mode.__members__:
        raise _wrong(name, f"the mode {word} does not exist", "Write READ or WRITE")
    below = header[marks[0] + 1 :]
    flags: set[str] = set()
    while below and below[0] in _FLAGS:
        flags.add(below.pop(0))
    prose = [line for line in below if line]
    if not prose:
        raise _wrong(name, "nothing says what it does", "Add a line of prose below the mode")
    return header[: marks[0]], flags, prose, Mode[word]


def _inputs(name: str, text: str) -> tuple[tuple[Column, ...], dict[str, Any]]:
    columns: list[Column] = []
    defaults: dict[str, Any] = {}
    for part in _parts(text):
        left, mark, kind = part.rpartition("::")
        if not mark:
            raise _wrong(name, f"the input `{part}` has no type", "Write `input :: TYPE` or `input = default :: TYPE`")
        word, given, default = (piece.strip() for piece in left.partition("="))
        column = _column(name, word, kind)
        if given:
            defaults[column.name] = _default(name, column.name, default)
        elif defaults:
            raise _wrong(name, f"the input {word} has no default", "Inputs with a default stand last: move it forward")
        columns.append(column)
    return _distinct(name, columns), defaults


def _outputs(name: str, text: str) -> tuple[Column, ...]:
    columns = []
    for part in _parts(text):
        word, mark, kind = part.partition("::")
        if not mark:
            raise _wrong(name, f"the output `{part}` has no type", "Write `output :: TYPE`")
        columns.append(_column(name, word.strip(), kind))
    if not columns:
        raise _wrong(name, "the outputs are empty", "Write `:: VOID` where no rows come back")
    return _distinct(name, columns)


def _column(name: str, word: str, kind: str) -> Column:
    if not _NAME.fullmatch(word):
        raise _wrong(name, f"`{word}` is no name of an input or output", "Use two or more letters, digits and _")
    kind = " ".join(kind.split())
    if kind.removeprefix("LIST OF ").removesuffix("?") not in _TYPES:
        raise _wrong(name, f"{word} has the unknown type {kind}", f"Use LIST OF or one of {', '.join(sorted(_TYPES))}")
    return Column(word, kind)


def _distinct(name: str, columns: list[Column]) -> tuple[Column, ...]:
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise _wrong(name, f"{column.name} stands twice in the signature", "Name each input and output once")
        seen.add(column.name)
    return tuple(columns)


def _default(name: str, word: str, text: str) -> Any:
    if not _PLAIN_DEFAULT.fullmatch(text):
        raise _wrong(
            name,
            f"the default of {word} cannot be read",
            'Write null, true, false, a number that is not negative, "text", [a, b] or {key: value}',
        )
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise _wrong(name, f"the default of {word} cannot be read", "Close its brackets and quotes") from None


def _parts(text: str) -> list[str]:
    """Split at the commas that stand outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for index, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "[{(":
            depth += 1
        elif not quoted and sign in "]})":
            depth -= 1
        elif sign == "," and depth == 0 and not quoted:
            parts.append(text[start:index].strip())
            start = index + 1
    last = text[start:].strip()
    return [*parts, last] if last or parts else []


def _wrong(name: str, what: str, remedy: str) -> StatementError:
    path = name.replace(".", "/")
    return StatementError(f"cypher/{path}.cypher: {what}. {remedy}.", statement=name)
