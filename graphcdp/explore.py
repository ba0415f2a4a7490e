"""The graph in a notebook: a py2neo `Graph` on the same server, with an object-graph model to walk through.

Installed with the extra `explore`. Everything here reads; what belongs to whom is decided by the ingest pipeline alone,
so change nothing through these objects.

    from graphcdp import explore

    graph = explore.connect()
    sarah = explore.Profile.of(graph, "email", "sarah.rose@example.com")
    sarah.attributes["first_name"], [identity.key for identity in sarah.identities]
    explore.timeline(graph, sarah)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

import pandas as pd
from anyio.from_thread import start_blocking_portal

from graphcdp.base import InvalidInputError, NotFoundError, Settings, load_settings
from graphcdp.graph import Catalogue, Mode
from graphcdp.server import EmbeddedNeo4j

try:
    from interchange.time import Date, DateTime
    from py2neo import Graph
    from py2neo.ogm import Model, Property, Related, RelatedFrom, RelatedTo
except ImportError as error:  # the extra is not installed
    raise ImportError("graphcdp.explore needs py2neo: install graphcdp with the extra `explore`.") from error

__all__ = ["Device", "Event", "Identity", "Profile", "Segment", "ask", "connect", "timeline"]

_ATTRIBUTE = "a_"
_COMPUTED = "c_"


class Moment(Property):
    """A property that is an instant: read as an aware `datetime` in UTC."""

    def __get__(self, instance: Any, owner: type[Any]) -> datetime | None:
        found: datetime | None = _plain(super().__get__(instance, owner))
        return found


class Segment(Model):
    """A group of people by a rule; `members` are its people now."""

    __primarykey__ = "id"
    id = Property()
    name = Property()
    version = Property()
    members = RelatedFrom("Profile", "MEMBER_OF")


class Device(Model):
    """A browser, phone, till or call-centre line."""

    __primarykey__ = "id"
    id = Property()
    kind = Property()
    name = Property()
    first_seen = Moment()
    last_seen = Moment()
    identities = RelatedFrom("Identity", "ON_DEVICE")


class Event(Model):
    """One interaction. It hangs on the strongest identity that it carried."""

    __primarykey__ = "id"
    id = Property()
    type = Property()
    ts = Moment()
    received_at = Moment()
    channel = Property()
    source = Property()
    dataset = Property()
    identity_keys = Property()
    product = Property()
    product_name = Property()
    category = Property()
    size = Property()
    price = Property()
    quantity = Property()
    revenue = Property()
    campaign = Property()
    page = Property()
    query = Property()
    payload = Property()
    identities = RelatedFrom("Identity", "PERFORMED")
    devices = RelatedTo("Device", "ON")


class Identity(Model):
    """One identifier of one namespace; `key` is `namespace|value`.

    `linked` are the identities it was seen together with, in every state: `linked.get(other, "state")`.
    """

    __primarykey__ = "key"
    key = Property()
    namespace = Property()
    value = Property()
    first_seen = Moment()
    last_seen = Moment()
    profiles = RelatedFrom("Profile", "HAS_IDENTITY")
    events = RelatedTo("Event", "PERFORMED")
    linked = Related("Identity", "LINKED")
    devices = RelatedTo("Device", "ON_DEVICE")

    @property
    def profile(self) -> Profile | None:
        """The person it belongs to."""
        return next(iter(self.profiles), None)


class Profile(Model):
    """One person."""

    __primarykey__ = "id"
    id = Property()
    founder = Property()
    identity_count = Property()
    first_seen = Moment()
    last_seen = Moment()
    identities = RelatedTo("Identity", "HAS_IDENTITY")
    segments = RelatedTo("Segment", "MEMBER_OF")

    @classmethod
    def of(cls, graph: Graph, namespace: str, value: str) -> Profile:
        """Return the person who holds an identity.

        Raises:
            NotFoundError: the identity was never seen.
        """
        identity = Identity.match(graph, f"{namespace}|{value}").first()
        if identity is None or identity.profile is None:
            raise NotFoundError(f"No profile holds this {namespace}. Look for others with Profile.match(graph).")
        return cast("Profile", identity.profile)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes by name: the values in force; a computed one goes before a stated one."""
        node = self.__node__
        return {name[2:]: node[name] for name in sorted(node) if name.startswith((_ATTRIBUTE, _COMPUTED))}


def connect(settings: Settings | None = None) -> Graph:
    """Return a py2neo graph on the server that the settings mean; the embedded one is started if need be.

    It may be called from a notebook, where an event loop is running.

    Raises:
        ServerError: the embedded Neo4j could not be started.
        GraphUnavailableError: the server named by GRAPHCDP_NEO4J_URI does not answer.
        UnauthorizedError: that server refuses user or password.
    """
    with start_blocking_portal() as portal:
        running = portal.call(EmbeddedNeo4j(settings or load_settings()).up)
    uri = urlsplit(running.bolt_uri)
    return Graph(f"{uri.scheme}://{uri.netloc}", auth=(running.user, running.password), name=running.database)


def ask(graph: Graph, statement: str, **parameters: Any) -> pd.DataFrame:
    """Run one of graphcdp's own reading statements, such as `identity.explain`, by name.

    Args:
        graph: what `connect` returned.
        statement: the path of a file below cypher/, with dots.
        parameters: its inputs; those with a default may be left out.

    Returns:
        One row a record, in the columns and the order of the statement; times are aware and in UTC.

    Raises:
        StatementError: there is no such statement, or a parameter is unknown or missing.
        InvalidInputError: the statement writes.
    """
    found, given = Catalogue.load().bind(statement, parameters)
    if found.mode is not Mode.READ or found.internal:
        raise InvalidInputError(f"The statement {statement} is not for reading. Choose one with MODE READ.")
    cursor = graph.query(found.text, {name: _sent(value) for name, value in given.items()})
    columns = [column.name for column in found.outputs]
    return pd.DataFrame([[_plain(value) for value in record.values()] for record in cursor], columns=columns)


def timeline(graph: Graph, profile: Profile, limit: int = 50) -> pd.DataFrame:
    """Return a person's newest interactions over all channels, newest first, one row each; no row: there are none."""
    found = ask(graph, "profile.timeline", ids=[profile.id], page_size=limit)
    return pd.DataFrame(list(found["events"].iloc[0]) if len(found) else [])


def _sent(value: Any) -> Any:
    if isinstance(value, datetime):
        return DateTime.from_iso_format(value.isoformat())
    return [_sent(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, DateTime):
        return datetime.fromisoformat(value.iso_format())
    if isinstance(value, Date):
        return value.to_native()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if type(value) is dict else value
