"""Write `jars.txt` anew: `python -m graphcdp.server.resolve`, for a maintainer who raises a version.

jgo walks the dependencies of Neo4j; the plugins' own dependencies are few and named here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.maven import Dependency

from graphcdp.server.jars import fetch_context, sha256_of

NEO4J = "5.26.30"
SERVER = (f"org.neo4j:neo4j-bootcheck:{NEO4J}", "org.neo4j.client:neo4j-browser:5.24.0")
PLUGINS = (
    "org.neo4j.procedure:apoc-core:5.26.19",
    "org.neo4j.procedure:apoc-extended:5.26.0",
    "org.neo4j.procedure:apoc-common:5.26.19",
    "com.jayway.jsonpath:json-path:2.9.0",
    "net.minidev:json-smart:2.5.0",
    "net.minidev:accessors-smart:2.5.0",
    "org.hdrhistogram:HdrHistogram:2.1.9",
    "org.roaringbitmap:RoaringBitmap:0.7.17",
    "com.opencsv:opencsv:5.7.1",
    "org.apache.commons:commons-csv:1.10.0",
    "com.fasterxml.jackson.dataformat:jackson-dataformat-yaml:2.17.0",
)


def resolve(folder: Path) -> list[str]:
    """Return the lines of `jars.txt`: kind, coordinate, bytes, SHA-256; the server's files first.

    Args:
        folder: where to keep what is fetched meanwhile.
    """
    context = fetch_context(folder)
    roots = [context.create_dependency(name) for name in SERVER]
    for root in roots:
        root.scope = "compile"
    first, transitive = context.resolver.resolve(roots)
    server = [*first, *(each for each in transitive if each.scope in ("compile", "runtime"))]
    plugins = [context.create_dependency(name) for name in PLUGINS]
    return [*_lines("server", server), *_lines("plugin", plugins)]


def _lines(kind: str, dependencies: Sequence[Dependency]) -> list[str]:
    with ThreadPoolExecutor(8) as lanes:
        paths = list(lanes.map(lambda each: Path(each.artifact.resolve()), dependencies))
    lines = []
    for each, path, digest in zip(dependencies, paths, sha256_of(paths), strict=True):
        parts = (each.groupId, each.artifactId, each.version, each.classifier)
        coordinate = ":".join(part for part in parts if part)
        lines.append(f"{kind} {coordinate} {path.stat().st_size} {digest}")
    return lines


def main() -> None:
    """Replace `jars.txt`."""
    target = Path(__file__).with_name("jars.txt")
    if len(sys.argv) > 1:
        lines = resolve(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as folder:
            lines = resolve(Path(folder))
    head = f"# Neo4j {NEO4J} Community with Browser and APOC: kind, coordinate, bytes, SHA-256. Made by resolve.py.\n"
    target.write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
