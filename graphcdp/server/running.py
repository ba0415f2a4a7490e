"""What is told about a server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers.

    Attributes:
        bolt_uri: address for drivers.
        http_url: address of Neo4j Browser without its path; None for an outside server.
        user: its user.
        password: its password.
        database: its database.
        agent: what it calls itself, such as `Neo4j/5.26.30`.
        pid: of the Java process; None for an outside server.
        started_here: whether this very call of `up` started it.
        outside: whether it is not ours (`GRAPHCDP_NEO4J_URI`).
    """

    bolt_uri: str
    http_url: str | None
    user: str
    password: str = field(repr=False)
    database: str
    agent: str
    pid: int | None
    started_here: bool
    outside: bool

    @property
    def browser_url(self) -> str | None:
        """Return where a person opens Neo4j Browser."""
        return f"{self.http_url}/browser/" if self.http_url else None


@dataclass(frozen=True, slots=True)
class Status:
    """How a server is.

    Attributes:
        state: `running`, `starting` (alive, no answer yet), `stopped`, `outside` or `outside_silent`.
        bolt_uri: address for drivers; None when stopped.
        http_url: address for browsers.
        pid: of the Java process.
        since: when it was started, in seconds since 1970.
        agent: what it calls itself.
        home: its folder.
        problem: why it does not answer.
    """

    state: str
    bolt_uri: str | None = None
    http_url: str | None = None
    pid: int | None = None
    since: float | None = None
    agent: str | None = None
    home: str | None = None
    problem: str | None = None
