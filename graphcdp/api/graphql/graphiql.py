"""GraphiQL for browsers, without the internet: its files come from an installed package, nothing from a CDN.

The package `graphene-django-graphiql-static` carries the released builds of GraphiQL 2.4.7 and React 17.0.2 as plain
files and depends on nothing. Only its files are read (none of its Python), and only if they are those expected.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from graphcdp.base import CDPError

_PACKAGE = "graphene-django-graphiql-static"
_HERE = Path(__file__).parent / "ide"
_SHA256 = {
    "graphiql.min.css": "c6cd4b83f01c5e1ff4975d77bc957184dce6dec0155fbf9cc4d9190eba8a7b9d",
    "graphiql.min.js": "c564de05b95d184e2c5ba5ceaf2635821f6bf92f2d5777b74d91004ff6b591d1",
    "react.production.min.js": "229bbf4d0e7488209564152c6723497f1ac3934136ca1684233d2fa88fa4146f",
    "react-dom.production.min.js": "9db33292007ab6c38527b39d5663e976a305564e19b2a5a8713ea2b2c00f505d",
}
_OURS = frozenset({"page.js"})
_KINDS = {".js": "text/javascript", ".css": "text/css"}
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class AssetMissingError(CDPError):
    """A file of GraphiQL is missing from the installation, or is not the one expected."""

    code = "asset_missing"


def page(request: Request) -> Response:
    """Return the page; its API key stands in the address's fragment, which browsers never send."""
    root = request.scope.get("root_path", "").rstrip("/")
    text = (_HERE / "page.html").read_text(encoding="utf-8").replace("{root}", f"{root}/graphql")
    return HTMLResponse(
        text,
        headers={
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        },
    )


async def asset(request: Request) -> Response:
    """Return one of the page's files."""
    name = request.path_params["name"]
    if name in _OURS:
        return FileResponse(_HERE / name, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
    if name not in _SHA256:
        return PlainTextResponse("GraphiQL has no such file.", status_code=404)
    return FileResponse(
        asset_path(name),
        media_type=_KINDS[Path(name).suffix],
        headers={"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"},
    )


@cache
def asset_path(name: str) -> Path:
    """Return where a file of GraphiQL lies, once it is seen to be the right one.

    Raises:
        AssetMissingError: it is missing or another one.
    """
    try:
        listed = files(_PACKAGE) or []
    except PackageNotFoundError:
        listed = []
    found = next((Path(str(each.locate())) for each in listed if each.name == name and "static" in each.parts), None)
    if found is None or not found.is_file():
        raise AssetMissingError(f"GraphiQL's file {name} is missing. Install {_PACKAGE}==0.8 again.", file=name)
    if hashlib.sha256(found.read_bytes()).hexdigest() != _SHA256[name]:
        raise AssetMissingError(
            f"GraphiQL's file {name} is not the released one. Install {_PACKAGE}==0.8 again.", file=name
        )
    return found
