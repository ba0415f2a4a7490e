"""The server's folder: settings files, plugins, and which ports it uses."""

from __future__ import annotations

import filecmp
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graphcdp.base import ServerError, Settings

LOOPBACK = "127.0.0.1"
_NEAR = 50


@dataclass(frozen=True, slots=True)
class Ports:
    """The two ports of a server on the loopback address."""

    bolt: int
    http: int

    @property
    def bolt_uri(self) -> str:
        """Return the address for drivers."""
        return f"bolt://{LOOPBACK}:{self.bolt}"

    @property
    def http_url(self) -> str:
        """Return the address for browsers, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.http}"


def choose_ports(settings: Settings, last: Ports | None = None, claimed: frozenset[int] = frozenset()) -> Ports:
    """Return two free ports: the wanted ones, else those used last, else the next free ones.

    Args:
        settings: with the wanted ports; 0 is any.
        last: those of the last start.
        claimed: ports that servers still starting will take.

    Raises:
        ServerError: none is free.
    """
    bolt = _first_free("BOLT", settings.neo4j_bolt_port, last.bolt if last else None, claimed)
    http = _first_free("HTTP", settings.neo4j_http_port, last.http if last else None, claimed | {bolt})
    return Ports(bolt, http)


def _first_free(name: str, wanted: int, last: int | None, taken: frozenset[int]) -> int:
    near = range(wanted, min(wanted + _NEAR, 65536)) if wanted else ()
    for port in (*([last] if last and not wanted else []), *near[:1], *([last] if last else []), *near, 0):
        chosen = port or _any_port()
        if chosen not in taken and port_is_free(chosen):
            return chosen
    raise ServerError(
        f"No free port was found for Neo4j ({name}): {wanted} and the {_NEAR} after it are taken. Set "
        f"GRAPHCDP_NEO4J_{name}_PORT to a free one, or stop what uses them.",
        port=wanted,
    )


def port_is_free(port: int) -> bool:
    """Say whether a server could listen on a port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def write_layout(folder: Path, settings: Settings, ports: Ports, plugins: Sequence[Path]) -> None:
    """Write the server's settings files and put its plugins in place.

    Raises:
        ServerError: the folder cannot be written.
    """
    try:
        for name in ("conf", "plugins", "logs", "data", "import"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "conf" / "neo4j.conf").write_text(_neo4j_conf(settings, ports))
        (folder / "conf" / "apoc.conf").write_text("apoc.custom.procedures.refresh=500\n")
        _place_plugins(folder / "plugins", plugins)
    except OSError as error:
        raise ServerError(
            f"The folder {folder} cannot be written ({error.strerror}). Set GRAPHCDP_HOME to a folder of your own.",
            path=str(folder),
        ) from None


def _neo4j_conf(settings: Settings, ports: Ports) -> str:
    values = {
        "server.default_listen_address": LOOPBACK,
        "server.bolt.listen_address": f"{LOOPBACK}:{ports.bolt}",
        "server.bolt.advertised_address": f"{LOOPBACK}:{ports.bolt}",
        "server.http.listen_address": f"{LOOPBACK}:{ports.http}",
        "server.http.advertised_address": f"{LOOPBACK}:{ports.http}",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": settings.neo4j_page_cache,
        "dbms.security.auth_enabled": "true",
        "dbms.security.procedures.unrestricted": "apoc.*",
        "db.transaction.timeout": "900s",  # of what names no limit of its own, such as a statement in Neo4j Browser
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "server.bolt.telemetry.enabled": "false",
        "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.retention_policy": "1 days 512M",
        "initial.dbms.default_database": settings.neo4j_database,
    }
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    return f"# Written by graphcdp at every start; change the GRAPHCDP_NEO4J_* settings instead.\n{lines}"


def _place_plugins(folder: Path, plugins: Sequence[Path]) -> None:
    wanted = {plugin.name: plugin for plugin in plugins}
    for present in folder.glob("*.jar"):
        if present.name not in wanted or not filecmp.cmp(present, wanted[present.name], shallow=False):
            present.unlink()
    for name, plugin in wanted.items():
        if not (folder / name).exists():
            draft = folder / f"{name}.draft"
            shutil.copyfile(plugin, draft)
            draft.replace(folder / name)


def configured_ports(folder: Path) -> Ports | None:
    """Return the ports that a server folder's settings file names."""
    try:
        lines = (folder / "conf" / "neo4j.conf").read_text().splitlines()
    except OSError:
        return None
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    try:
        found = [int(values[f"server.{name}.listen_address"].rsplit(":", 1)[1]) for name in ("bolt", "http")]
    except (KeyError, IndexError, ValueError):
        return None
    return Ports(*found)
