"""The notebook's view: py2neo on the same server as everything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from interchange.time import DateTime
from py2neo import Graph, Node, Relationship

from graphcdp import explore
from graphcdp.base import InvalidInputError, NotFoundError, Settings, StatementError
from graphcdp.server import Running

pytestmark = pytest.mark.anyio
SEEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
async def notebook(settings: Settings, server: Running, clean: None) -> AsyncIterator[Graph]:
    graph = explore.connect(settings)
    yield graph
    graph.service.connector.close()


@pytest.fixture
async def ana(notebook: Graph) -> Node:
    """Ana by mail and cookie, on her phone, with two page views, in one segment."""
    at = DateTime.from_iso_format(SEEN.isoformat())
    later = DateTime.from_iso_format(SEEN.replace(hour=10).isoformat())
    person = Node(
        "Profile", id="prof_ana", founder="email|ana@example.com", a_first_name="Ana", a_points=120, identity_count=2
    )
    mail = Node("Identity", key="email|ana@example.com", namespace="email", value="ana@example.com", first_seen=at)
    cookie = Node("Identity", key="ecid|77", namespace="ecid", value="77", first_seen=at)
    phone = Node("Device", id="77", kind="phone", name="Ana's phone", first_seen=at, last_seen=later)
    first = Node("Event", id="e1", type="page_view", ts=at, channel="web", identity_keys=["ecid|77"])
    second = Node(
        "Event", "Evidence", id="e2", type="login", ts=later, channel="web", identity_keys=[mail["key"], "ecid|77"]
    )
    segment = Node("Segment", id="seg_1", name="Everybody", version=1)
    whole = (
        Relationship(person, "HAS_IDENTITY", mail, valid_from=at)
        | Relationship(person, "HAS_IDENTITY", cookie, valid_from=at)
        | Relationship(cookie, "LINKED", mail, state="active", count=1)
        | Relationship(cookie, "ON_DEVICE", phone)
        | Relationship(cookie, "PERFORMED", first)
        | Relationship(mail, "PERFORMED", second)
        | Relationship(first, "ON", phone)
        | Relationship(person, "MEMBER_OF", segment, entered=at)
    )
    notebook.create(whole)
    return person


async def test_a_person_is_found_by_any_identity(notebook: Graph, ana: Node) -> None:
    by_mail = explore.Profile.of(notebook, "email", "ana@example.com")
    by_cookie = explore.Profile.of(notebook, "ecid", "77")
    assert by_mail == by_cookie
    assert by_mail.id == "prof_ana"
    assert by_mail.attributes == {"first_name": "Ana", "points": 120}
    assert sorted(identity.key for identity in by_mail.identities) == ["ecid|77", "email|ana@example.com"]


async def test_somebody_never_seen_is_an_error_that_says_so(notebook: Graph, ana: Node) -> None:
    with pytest.raises(NotFoundError, match="No profile holds this email"):
        explore.Profile.of(notebook, "email", "nobody@example.com")


async def test_walking_from_identity_to_identity_event_and_device(notebook: Graph, ana: Node) -> None:
    mail = explore.Identity.match(notebook, "email|ana@example.com").first()
    (cookie,) = mail.linked
    assert (cookie.key, mail.linked.get(cookie, "state"), mail.linked.get(cookie, "count")) == ("ecid|77", "active", 1)
    assert [event.type for event in cookie.events] == ["page_view"]
    (event,) = cookie.events
    assert event.ts == SEEN
    assert [device.name for device in event.devices] == ["Ana's phone"]
    assert [identity.key for identity in next(iter(event.devices)).identities] == ["ecid|77"]
    assert [identity.profile.id for identity in event.identities] == ["prof_ana"]


async def test_segments_and_their_members(notebook: Graph, ana: Node) -> None:
    segment = explore.Segment.match(notebook, "seg_1").first()
    assert (segment.name, segment.version) == ("Everybody", 1)
    assert [person.id for person in segment.members] == ["prof_ana"]
    person = explore.Profile.of(notebook, "ecid", "77")
    (mine,) = person.segments
    assert mine.name == "Everybody"
    assert person.segments.get(mine, "entered") == DateTime.from_iso_format(SEEN.isoformat())


async def test_the_time_line_is_a_frame_newest_first(notebook: Graph, ana: Node) -> None:
    frame = explore.timeline(notebook, explore.Profile.of(notebook, "ecid", "77"))
    assert list(frame["type"]) == ["login", "page_view"]
    assert frame["ts"].iloc[1] == SEEN
    assert list(explore.timeline(notebook, explore.Profile.of(notebook, "ecid", "77"), limit=1)["id"]) == ["e2"]


async def test_the_platforms_own_statements_run_by_name(notebook: Graph, ana: Node) -> None:
    frame = explore.ask(notebook, "profile.timeline", ids=["prof_ana"], before_ts=SEEN.replace(hour=10), before_id="e2")
    assert list(frame.columns) == ["id", "events"]
    assert [event["id"] for event in frame["events"].iloc[0]] == ["e1"]


@pytest.mark.parametrize(
    ("statement", "parameters", "problem", "says"),
    [
        ("identity.resolve", {"keys": []}, InvalidInputError, "not for reading"),
        ("profile.timelin", {"ids": []}, StatementError, "Did you mean profile.timeline"),
        ("profile.timeline", {}, StatementError, "needs the parameter ids"),
    ],
)
async def test_what_cannot_be_asked(
    notebook: Graph, ana: Node, statement: str, parameters: dict[str, Any], problem: type[Exception], says: str
) -> None:
    before = len(notebook.nodes)
    with pytest.raises(problem, match=says):
        explore.ask(notebook, statement, **parameters)
    assert len(notebook.nodes) == before


async def test_connect_works_where_an_event_loop_is_running(
    settings: Settings, server: Running, anyio_backend: str
) -> None:
    graph = explore.connect(settings)
    assert graph.service.product.startswith("Neo4j Kernel 5")
    graph.service.connector.close()
