"""Why two identities are one person, and the picture of a person's identities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from graphcdp.graph import Graph
from graphcdp.identity.questions.explain import Explainer, IdentityNotFoundError, ProfileNotFoundError
from graphcdp.model import IdentityKey

STORY = (Path(__file__).parent / "profile_story.cypher").read_text()
WEB, APP, CRM, EMAIL = (
    IdentityKey("ecid", "web1"),
    IdentityKey("ecid", "app1"),
    IdentityKey("crm_id", "C-1"),
    IdentityKey("email", "sarah.rose@example.com"),
)
pytestmark = pytest.mark.anyio


@pytest.fixture
async def explainer(clean: None, graph: Graph) -> Explainer:
    """The service over the story."""
    await graph.transact(lambda tx: tx.run_text(STORY))
    return Explainer(graph)


async def test_the_login_joined_her_browsing_to_her_account(explainer: Explainer) -> None:
    found = await explainer.explain(WEB, CRM)
    assert found.profile_id == "prf_sarah"
    [step] = found.steps
    assert (step.left_key, step.right_key, step.state, step.seen) == ("ecid|web1", "crm_id|C-1", "active", 2)
    assert step.first_event is not None
    assert step.last_event is not None
    assert (step.first_event.id, step.first_event.type, step.first_event.source) == ("e3", "login", "luma_web")
    assert step.last_event.id == "e4"
    assert found.weakest == step
    assert found.sentence() == (
        "ecid|web1 and crm_id|C-1 are one person over 1 link. They were seen together 2 times: first by the login e3 "
        "from luma_web at 2026-01-02 10:00:00 UTC, last by the product_view e4 from luma_web at 2026-01-04 08:00:00 "
        "UTC."
    )


async def test_a_strong_way_round_beats_a_weak_direct_link(explainer: Explainer) -> None:
    found = await explainer.explain(CRM, APP)  # seen together once themselves; four times each with the loyalty card
    assert [(step.left_key, step.right_key, step.seen) for step in found.steps] == [
        ("crm_id|C-1", "loyalty_id|L-7", 4),
        ("loyalty_id|L-7", "ecid|app1", 4),
    ]
    assert [step.weakest for step in found.steps] == [True, False]  # equal counts: the one seen longer ago
    back = await explainer.explain(APP, CRM)
    assert [(step.left_key, step.right_key) for step in back.steps] == [
        ("ecid|app1", "loyalty_id|L-7"),
        ("loyalty_id|L-7", "crm_id|C-1"),
    ]
    assert "over 2 links. The weakest joins crm_id|C-1 and loyalty_id|L-7" in found.sentence()


async def test_evidence_hangs_on_a_third_identity_and_may_be_a_record(explainer: Explainer, graph: Graph) -> None:
    rows = await graph.read("identity.evidence", left_key=str(WEB), right_key=str(EMAIL))
    assert [(row["id"], row["type"]) for row in rows] == [("e3", "login")]
    rows = await graph.read("identity.evidence", left_key=str(CRM), right_key=str(EMAIL))
    assert [(row["id"], row["type"]) for row in rows] == [
        ("e5", "purchase"),
        ("luma_crm:C-1", "record"),
        ("e3", "login"),
    ]


async def test_two_people_and_one_identity_need_no_steps(explainer: Explainer) -> None:
    apart = await explainer.explain(CRM, IdentityKey("ecid", "shared"))
    assert (apart.profile_id, apart.steps, apart.weakest) == (None, (), None)
    assert "are two people" in apart.sentence()
    same = await explainer.explain(CRM, CRM)
    assert (same.profile_id, same.steps) == ("prf_sarah", ())
    assert "is one identity" in same.sentence()


async def test_an_identity_never_seen_is_said_so(explainer: Explainer) -> None:
    with pytest.raises(IdentityNotFoundError):
        await explainer.explain(CRM, IdentityKey("email", "nobody@example.com"))


LINKS = """
MERGE (p:Profile {id: 'prf_ties'})
WITH p UNWIND $links AS row
MERGE (a:Identity {key: row[0]}) ON CREATE SET a.namespace = 'ecid', a.value = row[0]
MERGE (b:Identity {key: row[1]}) ON CREATE SET b.namespace = 'ecid', b.value = row[1]
MERGE (p)-[:HAS_IDENTITY]->(a)
MERGE (p)-[:HAS_IDENTITY]->(b)
CREATE (a)-[:LINKED {state: row[4], count: row[2], sources: [],
                     first_seen: datetime(row[3]), last_seen: datetime(row[3])}]->(b)
"""


async def ways(graph: Graph, *links: Sequence[object]) -> list[str]:
    """Build links `(a, b, count, day of January, state)` and return the stops of the explanation of a to z."""
    rows = [
        [f"x|{a}", f"x|{b}", count, f"2026-01-{day:02}T00:00:00Z", state]
        for a, b, count, day, state in ((*link, "active")[:5] for link in links)
    ]
    await graph.transact(lambda tx: tx.run_text(LINKS, {"links": rows}))
    found = await Explainer(graph).explain(IdentityKey("x", "a"), IdentityKey("x", "z"))
    return [found.steps[0].left_key[2:], *(step.right_key[2:] for step in found.steps)] if found.steps else []


async def test_fewest_steps_decide_where_the_weakest_links_are_equal(clean: None, graph: Graph) -> None:
    assert await ways(
        graph, ("a", "b", 9, 9), ("b", "c", 9, 9), ("c", "z", 5, 9), ("a", "d", 5, 1), ("d", "z", 5, 1)
    ) == [
        "a",
        "d",
        "z",
    ]


async def test_the_newest_decides_where_the_steps_are_equal_too(clean: None, graph: Graph) -> None:
    assert await ways(graph, ("a", "b", 5, 9), ("b", "z", 5, 2), ("a", "c", 5, 3), ("c", "z", 7, 4)) == ["a", "c", "z"]


async def test_only_links_in_force_count_and_a_pin_is_one(clean: None, graph: Graph) -> None:
    assert await ways(
        graph, ("a", "z", 9, 9, "suppressed"), ("a", "b", 1, 1, "pinned"), ("b", "z", 1, 1), ("a", "c", 8, 8, "cut")
    ) == ["a", "b", "z"]


async def test_a_full_profile_of_fifty_is_explained_quickly(clean: None, graph: Graph) -> None:
    names = ["a", *(f"n{index:02}" for index in range(48)), "z"]
    links = [
        (one, other, 1 + (i * 7 + j * 3) % 40, 1 + (i + j) % 28)
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if i < j and {one, other} != {"a", "z"}
    ]
    stops = await ways(graph, *links)
    assert (stops[0], stops[-1]) == ("a", "z")
    counts = {frozenset((one, other)): count for one, other, count, _ in links}
    best = min(counts[frozenset(pair)] for pair in pairwise(stops))
    assert best == widest(counts, "a", "z")


def widest(counts: dict[frozenset[str], int], start: str, end: str) -> int:
    """Return the greatest count at which links that strong still lead from one to the other (plain search)."""
    for strength in sorted(set(counts.values()), reverse=True):
        reached, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for pair, count in counts.items():
                if here in pair and count >= strength:
                    (there,) = pair - {here}
                    if there not in reached:
                        reached.add(there)
                        todo.append(there)
        if end in reached:
            return strength
    return 0


async def test_the_picture_has_the_lost_neighbours_and_every_state(explainer: Explainer) -> None:
    picture = await explainer.graph_around(EMAIL)
    assert picture.profile_id == "prf_sarah"
    assert [(each.key, each.own, each.profile_id) for each in picture.identities] == [
        ("crm_id|C-1", True, "prf_sarah"),
        ("ecid|app1", True, "prf_sarah"),
        ("ecid|web1", True, "prf_sarah"),
        ("email|sarah.rose@example.com", True, "prf_sarah"),
        ("loyalty_id|L-7", True, "prf_sarah"),
        ("ecid|shared", False, "prf_ben"),
    ]
    lost = [each for each in picture.links if each.state == "suppressed"]
    assert [(each.left_key, each.right_key, each.because, each.by_event) for each in lost] == [
        ("crm_id|C-1", "ecid|shared", "unique:crm_id", "e7")
    ]
    assert len(picture.links) == 7  # not Ben's own link to the shared browser
    assert [each.id for each in picture.devices] == ["dev_laptop", "dev_phone"]
    assert picture.on_device == (("ecid|web1", "dev_laptop"), ("crm_id|C-1", "dev_phone"), ("ecid|app1", "dev_phone"))


async def test_the_picture_by_an_old_id_and_of_a_lonely_identity(explainer: Explainer) -> None:
    assert (await explainer.graph_of("prf_before")).profile_id == "prf_sarah"
    lonely = await explainer.graph_of("prf_lea")
    assert ([each.key for each in lonely.identities], lonely.links, lonely.devices) == (["ecid|lonely"], (), ())
    with pytest.raises(ProfileNotFoundError):
        await explainer.graph_of("prf_nobody")


async def test_what_browser_calls_gives_the_same(explainer: Explainer, graph: Graph) -> None:
    [row] = await graph.read("profile", namespace="email", value="sarah.rose@example.com", max_events=2)
    assert row["id"] == "prf_sarah"
    assert row["attributes"] == [
        {"name": "first_name", "value": "Sarah"},
        {"name": "last_name", "value": "Rose"},
        {"name": "loyalty_points", "value": 1200},
    ]
    assert [event["id"] for event in row["events"]] == ["e9", "e8"]
    assert len(row["identities"]) == 5
    [lonely] = await graph.read("profile", namespace="ecid", value="lonely")
    assert (lonely["attributes"], lonely["devices"], lonely["events"]) == ([], [], [])
    paths = await graph.read("identity.graph", namespace="email", value="sarah.rose@example.com")
    assert len(paths) == 5 + 2 * 6 + 1 + 3  # held, links from both ends, the lost one from hers, on devices
