"""What can be read of people, over a small graph in the shape of docs/model.md."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from graphcdp.base import InvalidInputError
from graphcdp.graph import Graph
from graphcdp.identity.questions.explain import IdentityNotFoundError, ProfileNotFoundError
from graphcdp.model import IdentityKey
from graphcdp.profile import Interaction, Page, Profile, Profiles, TimelinePage

STORY = (Path(__file__).parent / "profile_story.cypher").read_text()
pytestmark = pytest.mark.anyio


@pytest.fixture
async def profiles(clean: None, graph: Graph) -> Profiles:
    """The service over the story."""
    await graph.transact(lambda tx: tx.run_text(STORY))
    return Profiles(graph)


def ids(page: Page[Interaction]) -> list[str]:
    """Return the ids of a page's events."""
    return [event.id for event, _ in page.items]


async def test_a_person_is_found_by_any_identity_and_by_old_ids(profiles: Profiles) -> None:
    by_email = await profiles.get(IdentityKey("email", "sarah.rose@example.com"))
    by_cookie = await profiles.get(IdentityKey("ecid", "web1"))
    assert by_email == by_cookie
    assert (by_email.id, by_email.founder, by_email.identity_count) == ("prf_sarah", "crm_id|C-1", 5)
    assert by_email.first_seen == datetime(2026, 1, 1, 9, tzinfo=UTC)
    found = await profiles.by_ids(["prf_before", "prf_ben", "prf_nobody"])
    assert {asked: person.id for asked, person in found.items()} == {"prf_before": "prf_sarah", "prf_ben": "prf_ben"}


async def test_who_was_never_seen_is_said_so_without_the_value(profiles: Profiles) -> None:
    with pytest.raises(IdentityNotFoundError) as caught:
        await profiles.get(IdentityKey("email", "nobody@example.com"))
    assert "nobody" not in caught.value.message
    assert caught.value.code == "identity_not_found"
    with pytest.raises(ProfileNotFoundError):
        await profiles.get_by_id("prf_nobody")


async def test_attributes_say_where_they_came_from_and_cleared_ones_are_hidden(profiles: Profiles) -> None:
    person = await profiles.get_by_id("prf_sarah")
    points = {attribute.name: attribute for attribute in person.attributes()}
    assert list(points) == ["first_name", "last_name", "loyalty_points"]
    assert points["loyalty_points"]._asdict() == {
        "name": "loyalty_points",
        "value": 1200,
        "at": datetime(2026, 1, 3, 10, tzinfo=UTC),
        "source": "luma_loyalty",
        "dataset": "members",
        "record_id": "luma_loyalty:L-7",
        "events": None,
        "latest_at": None,
    }
    assert (await profiles.get_by_id("prf_ben")).attributes() == ()


async def test_identities_and_devices_of_several_people(profiles: Profiles) -> None:
    found = await profiles.identities(["prf_sarah", "prf_ben", "prf_nobody"])
    assert [each.key for each in found["prf_sarah"]] == [
        "crm_id|C-1",
        "ecid|app1",
        "ecid|web1",
        "email|sarah.rose@example.com",
        "loyalty_id|L-7",
    ]
    assert found["prf_sarah"][0].valid_from == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert "prf_nobody" not in found
    devices = (await profiles.devices(["prf_sarah", "prf_ben"]))["prf_sarah"]
    assert [(each.id, each.kind, each.identity_keys) for each in devices] == [
        ("dev_phone", "phone", ("crm_id|C-1", "ecid|app1")),
        ("dev_laptop", "browser", ("ecid|web1",)),
    ]
    assert (await profiles.devices_by_ids(["dev_phone"]))["dev_phone"].name == "Sarah's phone"
    assert (await profiles.identities_by_keys(["ecid|lonely"]))["ecid|lonely"].value == "lonely"


async def test_a_time_line_is_newest_first_and_pages_lose_and_repeat_nothing(profiles: Profiles) -> None:
    everything = ["e9", "e8", "e6", "e5", "e4", "e3", "e2", "e1"]
    whole = (await profiles.timelines(["prf_sarah"], TimelinePage(100)))[0]
    assert ids(whole) == everything  # e6 and e5 happened at the same instant: the larger id first
    assert not whole.more
    seen: list[str] = []
    after = None
    while True:
        page = (await profiles.timelines(["prf_sarah"], TimelinePage(3, after)))[0]
        seen += ids(page)
        if not page.more:
            break
        after = page.items[-1][1]
    assert seen == everything
    three = (await profiles.timelines(["prf_sarah"], TimelinePage(3)))[0]
    between = three.items[2][1]  # the two of one instant
    assert ids((await profiles.timelines(["prf_sarah"], TimelinePage(1, between)))[0]) == ["e5"]


async def test_an_event_newer_than_the_cursor_does_not_move_the_pages(profiles: Profiles, graph: Graph) -> None:
    first = (await profiles.timelines(["prf_sarah"], TimelinePage(2)))[0]
    await graph.transact(
        lambda tx: tx.run_text(
            "MATCH (i:Identity {key: 'crm_id|C-1'}) CREATE (i)-[:PERFORMED]->(:Event {id: 'late', type: 'call', "
            "ts: datetime('2026-01-06T00:00:00Z'), identity_keys: ['crm_id|C-1']})"
        )
    )
    second = (await profiles.timelines(["prf_sarah"], TimelinePage(2, first.items[-1][1])))[0]
    assert ids(second) == ["e6", "e5"]


async def test_a_time_line_of_some_types_and_channels(profiles: Profiles) -> None:
    views = (await profiles.timelines(["prf_sarah"], TimelinePage(10, None, ("product_view",))))[0]
    assert ids(views) == ["e4", "e1"]
    store = (await profiles.timelines(["prf_sarah"], TimelinePage(10, None, None, ("store", "mobile"))))[0]
    assert ids(store) == ["e8", "e5"]
    cart = (await profiles.timelines(["prf_sarah"], TimelinePage(10, None, ("add_to_cart",))))[0].items[0][0]
    assert (cart.product, cart.product_name, cart.size, cart.price, cart.quantity) == (
        "sku1",
        "Sweatshirt",
        "L",
        69.0,
        1,
    )
    assert cart.received_at == datetime(2026, 1, 1, 9, 5, 1, tzinfo=UTC)


async def test_time_lines_of_several_people_are_one_statement_in_the_order_asked(
    profiles: Profiles, graph: Graph
) -> None:
    before = graph.statements
    pages = await profiles.timelines(["prf_ben", "prf_nobody", "prf_sarah", "prf_ben"], TimelinePage(2))
    assert graph.statements == before + 1
    assert [ids(page) for page in pages] == [["e7"], [], ["e9", "e8"], ["e7"]]


async def test_what_stands_behind_an_event(profiles: Profiles) -> None:
    details = await profiles.event_details(["e2", "e9", "e0"])
    assert details["e2"].payload == '{"raw": "e2"}'
    assert details["e2"].device is not None
    assert details["e2"].device.id == "dev_laptop"
    assert [(each.id, each.category) for each in details["e2"].products] == [("sku1", "men")]
    assert (details["e9"].device, details["e9"].products) == (None, ())
    assert "e0" not in details
    assert (await profiles.events(["e3"]))["e3"].identity_keys == (
        "crm_id|C-1",
        "email|sarah.rose@example.com",
        "ecid|web1",
    )


@pytest.mark.parametrize("cursor", ["", "nonsense", "WzFd", "bnVsbA", "WyJ4IiwieSJd", "é"])
async def test_a_cursor_of_somewhere_else_is_refused(profiles: Profiles, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        await profiles.timelines(["prf_sarah"], TimelinePage(3, cursor))
    with pytest.raises(InvalidInputError):
        await profiles.rejected(3, cursor)
    with pytest.raises(InvalidInputError):
        await profiles.search("sarah", 3, cursor)


async def found(profiles: Profiles, text: str | None) -> list[str]:
    """Return the ids that a search finds."""
    return [person.id for person, _ in (await profiles.search(text)).items]


async def test_search_finds_people_by_words_and_beginnings(profiles: Profiles, graph: Graph) -> None:
    await graph.transact(lambda tx: tx.run_text("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()"))
    assert await found(profiles, "Sarah Rose") == ["prf_sarah"]
    assert await found(profiles, "SARAH") == ["prf_sarah"]
    assert sorted(await found(profiles, "ros")) == ["prf_ben", "prf_sarah"]  # Rose, Rosewood
    assert await found(profiles, "rose") == ["prf_sarah", "prf_ben"]  # the whole word before the beginning
    assert await found(profiles, "sarah.rose@example.com") == ["prf_sarah"]
    assert await found(profiles, "sarah.rose@exam") == ["prf_sarah"]
    assert await found(profiles, "ben@example.com") == ["prf_ben"]
    assert await found(profiles, "sarah ben") == []
    assert await found(profiles, "C-1") == ["prf_sarah"]


@pytest.mark.parametrize(
    "text",
    ['"', "sarah\\", "sarah AND", "* OR *", "sarah~ ^2 [a TO", "((", "a/b/", "-rose", "NOT", "a:b", "ü ß"],
)
async def test_no_sign_of_a_search_means_anything_to_the_index(profiles: Profiles, text: str) -> None:
    assert len(await found(profiles, text)) <= 2


async def test_signs_alone_find_nobody_and_no_words_find_everybody(profiles: Profiles) -> None:
    assert await found(profiles, "***") == []
    assert await found(profiles, None) == ["prf_ben", "prf_lea", "prf_sarah"]
    assert await found(profiles, "  ") == ["prf_ben", "prf_lea", "prf_sarah"]


@pytest.mark.parametrize("text", [None, "ros"])
async def test_pages_of_a_search_lose_and_repeat_nobody(profiles: Profiles, text: str | None) -> None:
    whole = [person.id for person, _ in (await profiles.search(text, 100)).items]
    seen: list[str] = []
    page: Page[Profile] = await profiles.search(text, 1)
    seen += [person.id for person, _ in page.items]
    while page.more:
        page = await profiles.search(text, 1, page.items[-1][1])
        seen += [person.id for person, _ in page.items]
    assert seen == whole
    assert len(whole) >= 2


async def test_rejected_records_newest_first_of_all_and_of_one_source(profiles: Profiles) -> None:
    page = await profiles.rejected(10)
    assert [each.id for each, _ in page.items] == ["rej5", "rej4", "rej3", "rej2", "rej1"]
    first = await profiles.rejected(2, source="luma_crm")
    assert [each.id for each, _ in first.items] == ["rej3", "rej2"]
    assert first.more
    rest = await profiles.rejected(2, first.items[-1][1], "luma_crm")
    assert [each.id for each, _ in rest.items] == ["rej1"]
    assert (rest.items[0][0].row, rest.items[0][0].field, rest.items[0][0].code) == ("row 1", "EMAIL", "bad_email")


async def test_sources_with_their_datasets(profiles: Profiles) -> None:
    crm, web = await profiles.sources()
    assert (crm.id, crm.channel, crm.trust, crm.datasets) == (
        "luma_crm",
        "store",
        1.0,
        (("luma_crm.contacts", "contacts"),),
    )
    assert (web.id, web.datasets) == ("luma_web", ())


async def test_hot_statements_scan_nothing(profiles: Profiles, graph: Graph) -> None:
    for name, params in {
        "profile.by_keys": {"keys": ["ecid|web1"]},
        "profile.by_ids": {"ids": ["prf_before"]},
        "profile.identities": {"ids": ["prf_sarah"]},
        "profile.devices": {"ids": ["prf_sarah"]},
        "profile.timeline": {"ids": ["prf_sarah"]},
        "profile.event_details": {"ids": ["e1"]},
        "identity.explain": {"from_key": "ecid|web1", "to_key": "email|sarah.rose@example.com"},
        "identity.graph_of": {"profile_id": "prf_sarah"},
    }.items():
        statement, bound = graph.catalogue.bind(name, params)
        operators = await plan_of(graph, statement.text, bound)
        assert not [each for each in operators if "Scan" in each or each.startswith("Eager@")], (name, operators)


async def plan_of(graph: Graph, text: str, params: dict[str, object]) -> list[str]:
    """Return the operators of a statement's plan."""
    async with graph._driver.session(database=graph.database) as session:
        result = await session.run("EXPLAIN " + text, params)
        plan = (await result.consume()).plan
    todo, found_operators = [plan], []
    while todo:
        node = todo.pop()
        found_operators.append(node["operatorType"])
        todo += node.get("children", ())
    return found_operators
