"""What Neo4j Browser fetches from us: its style sheet, the saved queries as one file to drop, the guide.

Neo4j Browser is another origin (its own port), so these files answer every origin; they hold nothing private.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphcdp.base import data_folder

FOLDER_IN_BROWSER = "graphcdp"
_STAMP = (2026, 1, 1, 0, 0, 0)


def saved_queries(folder: Path | None = None) -> dict[str, str]:
    """Return the saved queries, text by name, in order. The first line of each is its title, as a comment."""
    place = (folder or data_folder("cypher") / "browser") / "queries"
    return {path.stem: path.read_text() for path in sorted(place.glob("*.cypher"))}


def queries_zip() -> bytes:
    """Return the saved queries as the zip file that Neo4j Browser takes when it is dropped on its window."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in saved_queries().items():
            archive.writestr(zipfile.ZipInfo(f"{FOLDER_IN_BROWSER}/{name}.cypher", _STAMP), text)
    return buffer.getvalue()


def guide(address: str) -> str:
    """Return the guide as Neo4j Browser's `:play` wants it.

    Args:
        address: where this server is, as the reader's browser sees it, without a slash at the end. Neo4j Browser takes
            guides and style sheets from the host name `localhost` only, unless its server is configured otherwise.

    Raises:
        KeyError: the guide names a saved query that does not exist.
    """
    queries = saved_queries()

    def filled(found: re.Match[str]) -> str:
        if found[1] == "address":
            return html.escape(address)
        _, _, statement = queries[found[1]].partition("\n")
        return html.escape(statement.strip(), quote=False)

    text = (data_folder("cypher") / "browser" / "guide.html").read_text()
    return re.sub(r"@(\w+)@", filled, text)


def style_sheet() -> str:
    """Return the style sheet for the labels of the graph, as `:style` wants it."""
    return (data_folder("cypher") / "browser" / "graphcdp.grass").read_text()


async def _guide(request: Request) -> Response:
    return Response(guide(str(request.base_url.replace(path="")).rstrip("/")), media_type="text/html")


async def _style(_: Request) -> Response:
    return Response(style_sheet(), media_type="text/plain")


async def _queries(_: Request) -> Response:
    return Response(
        queries_zip(),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="graphcdp-queries.zip"'},
    )


def create_browser_app() -> Starlette:
    """Return the small app that is mounted at `/browser`."""
    return Starlette(
        routes=[
            Route("/guide.html", _guide),
            Route("/graphcdp.grass", _style),
            Route("/queries.zip", _queries),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET"],
                allow_headers=["*"],
            )
        ],
    )
