"""All statements of a folder, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphcdp.base import StatementError, data_folder
from graphcdp.graph.header import Statement, parse_statement

_NOT_STATEMENTS = frozenset({"schema", "browser"})


class Catalogue:
    """Statements by name. The folders `schema` (migrations) and `browser` (saved queries) are not part of it."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = dict(statements)

    @classmethod
    def load(cls, folder: Path | None = None) -> Catalogue:
        """Read every `*.cypher` below a folder; by default the one that ships with graphcdp.

        Raises:
            StatementError: a file's header is wrong.
        """
        root = data_folder("cypher") if folder is None else folder
        statements = {}
        for path in sorted(root.rglob("*.cypher")):
            parts = path.relative_to(root).with_suffix("").parts
            if parts[0] not in _NOT_STATEMENTS:
                name = ".".join(parts)
                statements[name] = parse_statement(name, path.read_text(encoding="utf-8"))
        return cls(statements)

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())

    def __len__(self) -> int:
        return len(self._statements)

    def get(self, name: str) -> Statement:
        """Return one statement.

        Raises:
            StatementError: there is none of that name (the nearest is named).
        """
        found = self._statements.get(name)
        if found is None:
            raise StatementError(
                f"There is no Cypher statement {name}.{_nearest(name, self._statements)}", statement=name
            )
        return found

    def bind(self, name: str, given: dict[str, Any]) -> tuple[Statement, dict[str, Any]]:
        """Return a statement and all its parameters, defaults filled in.

        Raises:
            StatementError: no such statement, or a parameter is unknown or missing.
        """
        statement = self._statements.get(name) or self.get(name)
        if given.keys() == statement.names:
            return statement, given
        for parameter in given:
            if parameter not in statement.names:
                raise StatementError(
                    f"The statement {name} has no parameter {parameter}.{_nearest(parameter, statement.names)}",
                    statement=name,
                    parameter=parameter,
                )
        for column in statement.inputs:
            if column.name in statement.required and column.name not in given:
                raise StatementError(
                    f"The statement {name} needs the parameter {column.name} :: {column.type}. Give it.",
                    statement=name,
                    parameter=column.name,
                )
        return statement, {**statement.defaults, **given}


def _nearest(name: str, known: Mapping[str, Any] | frozenset[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f" Did you mean {near[0]}?"
    return f" Known: {', '.join(sorted(known))}." if known else " It takes none."
