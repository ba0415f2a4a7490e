"""What can be wrong with a rule."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from graphcdp.base import InvalidInputError


class RuleError(InvalidInputError):
    """A rule that cannot be read, or says what cannot be.

    Attributes:
        line, column: where in the text, from 1; None where the rule came as a tree.
        suggestion: what was probably meant; None where nothing is near.
        path: where in the tree (`conditions.0.events.window`); None where the rule came as text.
    """

    code = "bad_rule"

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        suggestion: str | None = None,
        path: str | None = None,
    ) -> None:
        where = f"Line {line}, column {column}: " if line is not None else f"At `{path}`: " if path else ""
        hint = f" Did you mean `{suggestion}`?" if suggestion else ""
        super().__init__(f"{where}{message}{hint}")
        self.line = line
        self.column = column
        self.suggestion = suggestion
        self.path = path


def nearest(name: str, there: Iterable[str]) -> str | None:
    """Return which of the names that there are was probably meant; None where none is near."""
    found = get_close_matches(name, list(there), 1, 0.6)
    return found[0] if found else None
