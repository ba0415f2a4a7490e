"""Who decides at the command line, for the audit."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from graphcdp.identity import Author

Reason = Annotated[str | None, typer.Option(help="Why, in your own words; it stands in the audit.")]


def author(reason: str | None) -> Author:
    """Return who runs the command, `cli:NAME`; a container may have no name for the user."""
    try:
        return Author(f"cli:{getpass.getuser()}", reason)
    except (KeyError, OSError):
        return Author("cli:unknown", reason)
