"""A picture: a Vega or Vega-Lite specification with its data, and the ways to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphcdp.base import ConfigurationError

VEGA = "https://vega.github.io/schema/vega/v5.json"
VEGA_LITE = "https://vega.github.io/schema/vega-lite/v5.json"
_MIME = {VEGA: "application/vnd.vega.v5+json", VEGA_LITE: "application/vnd.vegalite.v5+json"}


class PictureError(ConfigurationError):
    """A picture cannot be drawn here, or not to such a file."""

    code = "picture"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        spec: what is drawn, with its data; its `$schema` is `VEGA` or `VEGA_LITE`.
    """

    spec: Mapping[str, Any]

    def png(self, scale: float = 2.0) -> bytes:
        """Return it as a PNG.

        Raises:
            PictureError: the extra `pictures` is not installed.
        """
        found: bytes = self._converter("png")(dict(self.spec), scale=scale)
        return found

    def svg(self) -> str:
        """Return it as an SVG.

        Raises:
            PictureError: the extra `pictures` is not installed.
        """
        found: str = self._converter("svg")(dict(self.spec))
        return found

    def html(self) -> str:
        """Return it as a page that needs nothing from the internet.

        Raises:
            PictureError: the extra `pictures` is not installed.
        """
        found: str = self._converter("html")(dict(self.spec), bundle=True)
        return found

    def save(self, path: Path | str) -> Path:
        """Write it to a file: `.png`, `.svg` or `.html`.

        Raises:
            PictureError: the file's name ends otherwise, or the extra `pictures` is not installed.
        """
        file = Path(path)
        match file.suffix.lower():
            case ".png":
                file.write_bytes(self.png())
            case ".svg":
                file.write_text(self.svg(), encoding="utf-8")
            case ".html":
                file.write_text(self.html(), encoding="utf-8")
            case _:
                raise PictureError(f"{file.name}: a picture is a .png, .svg or .html file.")
        return file

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Show it in a notebook."""
        return {_MIME[self.spec["$schema"]]: dict(self.spec), "image/svg+xml": self.svg()}

    def _converter(self, kind: str) -> Any:
        try:
            import vl_convert
        except ImportError as error:
            raise PictureError("Pictures need vl-convert: pip install 'graphcdp[pictures]', then try again.") from error
        of = "vega" if self.spec["$schema"] == VEGA else "vegalite"
        return getattr(vl_convert, f"{of}_to_{kind}")
