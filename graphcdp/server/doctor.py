"""What may keep the server from starting or answering, one line a check."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import requests
from jgo.constants import MAVEN_CENTRAL_URL

from graphcdp.base import CDPError, Settings, data_folder
from graphcdp.server import bolt
from graphcdp.server.embedded import EmbeddedNeo4j
from graphcdp.server.jars import JarCache, fetch_context
from graphcdp.server.java import find_java
from graphcdp.server.layout import port_is_free
from graphcdp.server.password import USER, password_file, read_password
from graphcdp.server.process import find
from graphcdp.server.resources import disk_free, memory_available, memory_needed, require_disk, require_memory


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: what was looked at.
        ok: True well, False to be mended, None worth knowing only.
        detail: what was found, and what to do where it is not well.
    """

    name: str
    ok: bool | None
    detail: str


async def examine(settings: Settings) -> tuple[Check, ...]:
    """Look at everything the server needs; nothing is started or changed."""
    return await anyio.to_thread.run_sync(lambda: tuple(_Doctor(settings).all()))


class _Doctor:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server = EmbeddedNeo4j(settings)
        self._found = None if settings.neo4j_uri else find(self._server.folder)

    def all(self) -> list[Check]:
        checks: list[tuple[str, Callable[[], tuple[bool | None, str]]]] = [("python", self._python)]
        if not self._settings.neo4j_uri:
            checks += [
                ("java", self._java),
                ("cache", self._cache),
                ("disk", self._disk),
                ("memory", self._memory),
                ("ports", self._ports),
                ("password file", self._password),
            ]
        checks += [("neo4j", self._neo4j), ("apoc", self._apoc)]
        outcomes = []
        for name, look in checks:
            try:
                outcomes.append(Check(name, *look()))
            except CDPError as error:
                outcomes.append(Check(name, False, error.message))
        return outcomes

    def _python(self) -> tuple[bool | None, str]:
        text = f"{platform.python_version()} at {sys.executable}"
        fits = sys.version_info >= (3, 11)
        return fits, text if fits else f"{text}; graphcdp needs 3.11 or later"

    def _java(self) -> tuple[bool | None, str]:
        java = find_java()
        return True, f"{java.version} at {java.command}"

    def _cache(self) -> tuple[bool | None, str]:
        folder = self._settings.cache.expanduser().resolve()
        cache = JarCache(folder)
        missing = cache.missing(deep=True)
        if not missing:
            return True, f"all {cache.count} files whole in {folder}"
        size = sum(jar.size for jar in missing) / 1e6
        text = f"{len(missing)} of {cache.count} files ({size:.0f} MB) missing or damaged in {folder}"
        repositories = fetch_context(folder).remote_repos
        try:
            requests.head(repositories.get("central", MAVEN_CENTRAL_URL), timeout=10)
        except requests.RequestException:
            return False, f"{text}, and the network to fetch them does not answer; connect, then run `graphcdp up`"
        return None, f"{text}; the next `graphcdp up` fetches them"

    def _disk(self) -> tuple[bool | None, str]:
        require_disk(self._settings.home)
        return True, f"{disk_free(self._settings.home) / 1e9:.1f} GB free in {self._settings.home}"

    def _memory(self) -> tuple[bool | None, str]:
        if self._found is not None:
            used = self._found[0].memory_info().rss
            return True, f"Neo4j uses {used / 1e6:.0f} MB; {memory_available() / 1e6:.0f} MB free"
        require_memory(self._settings)
        needed = memory_needed(self._settings)
        return True, f"{memory_available() / 1e6:.0f} MB free, Neo4j needs {needed / 1e6:.0f} MB"

    def _ports(self) -> tuple[bool | None, str]:
        if self._found is not None:
            ports = self._found[1].ports
            return True, f"Bolt {ports.bolt}, HTTP {ports.http}, held by Neo4j (pid {self._found[0].pid})"
        wanted = (self._settings.neo4j_bolt_port, self._settings.neo4j_http_port)
        taken = [port for port in wanted if port and not port_is_free(port)]
        if taken:
            return None, f"{' and '.join(map(str, taken))} taken by another program; Neo4j will choose free ones"
        return True, " and ".join(str(port) if port else "any" for port in wanted) + " free"

    def _password(self) -> tuple[bool | None, str]:
        path = password_file(self._server.folder)
        if read_password(self._server.folder) is None:
            if (self._server.folder / "data" / "databases" / "system").exists():
                return False, f"{path} is missing, but the server has data; put it back"
            return None, "none yet; the first `graphcdp up` makes one"
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name == "posix" and mode != 0o600:
            return False, f"{path} has mode {mode:o}, so others may read it; run: chmod 600 '{path}'"
        return True, f"{path}, mode 600"

    def _neo4j(self) -> tuple[bool | None, str]:
        status = self._server.status_now()
        where = status.bolt_uri or "not running"
        if status.state in ("running", "outside"):
            return True, f"{status.agent} answers at {where}"
        if status.state == "stopped":
            return None, "not running; start it with `graphcdp up`"
        return False, f"{where}: {status.problem}"

    def _apoc(self) -> tuple[bool | None, str]:
        status = self._server.status_now()
        if status.state not in ("running", "outside") or status.bolt_uri is None:
            return None, "not known while Neo4j does not answer"
        settings = self._settings
        outside = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
        user = settings.neo4j_user if settings.neo4j_uri else USER
        password = outside if settings.neo4j_uri else read_password(self._server.folder) or ""
        text = (data_folder("cypher") / "server" / "extensions.cypher").read_text(encoding="utf-8")
        try:
            rows = bolt.ask(status.bolt_uri, user, password, settings.neo4j_database, statement=text).rows
        except (bolt.NoAnswerError, bolt.RefusedError) as error:
            return False, f"could not be asked for: {error}"
        present = {str(row[0]) for row in rows}
        if present == {"core", "extended"}:
            return True, "Core and Extended present"
        missing = " and ".join(sorted({"core", "extended"} - present))
        if settings.neo4j_uri:
            return None, f"{missing} missing: everything works, but there is no CALL custom.graphcdp.… in Neo4j Browser"
        return False, f"{missing} missing; run `graphcdp down`, then `graphcdp up`"
