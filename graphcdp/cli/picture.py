"""The options `--png` and `--html` of commands whose answer can be drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol

import typer

from graphcdp.base import InvalidInputError
from graphcdp.cli.frame import say
from graphcdp.pictures import Picture

Png = Annotated[Path | None, typer.Option(help="Also draw it, into this PNG file.", dir_okay=False)]
Html = Annotated[Path | None, typer.Option(help="Also draw it, as this page that needs no internet.", dir_okay=False)]


class Drawable(Protocol):
    """An answer that can be drawn."""

    def plot(self) -> Picture:
        """Return it as a picture."""


def draw(answer: Drawable, png: Path | None, html: Path | None) -> None:
    """Draw an answer into the files that were asked for.

    Raises:
        InvalidInputError: a file ends otherwise, or cannot be written.
        PictureError: the extra `pictures` is not installed.
    """
    for file, ending in ((png, ".png"), (html, ".html")):
        if file is None:
            continue
        if file.suffix.lower() != ending:
            raise InvalidInputError(f"{file.name} is no {ending} file.", field=ending[1:])
        try:
            answer.plot().save(file)
        except OSError as error:
            raise InvalidInputError(f"{file} cannot be written: {error.strerror}.", field=ending[1:]) from error
        say(f"Drawn: {file}")
