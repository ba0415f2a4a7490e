"""Why two identities are two people: lost links, what took them out of force, what stands against them."""

from __future__ import annotations

from typing import Any

import pytest

from graphcdp.graph import Graph
from graphcdp.identity import Author, Verdict, WhyNot, parse_rules
from graphcdp.identity.questions.explain import Explainer, IdentityNotFoundError
from graphcdp.ingest import Pipeline
from graphcdp.platform import Platform
from tests.graph.test_plans import operators
from tests.make import fact, key

RULES = """
max_identities: 4
namespaces:
  - {name: crm_id, priority: 1, unique: true}
  - {name: login, priority: 2}
  - {name: phone, priority: 3, max_values: 2}
  - {name: ecid, kind: cookie, priority: 4}
"""
pytestmark = pytest.mark.anyio


@pytest.fixture
async def taken(platform: Platform, clean: None) -> Pipeline:
    """The pipeline under rules with one unique and one limited namespace, and a small cap."""
    await platform.rules.adopt(parse_rules(RULES))
    return platform.pipeline


async def ask(graph: Graph, a: str, b: str) -> WhyNot:
    """Ask in both directions; the lost links must be the same. Return the first answer."""
    explainer = Explainer(graph)
    there, back = await explainer.why_not(key(a), key(b)), await explainer.why_not(key(b), key(a))
    assert there.verdict == back.verdict
    assert len(there.lost) == len(back.lost)
    assert {frozenset((one.left_key, one.right_key)) for one in there.lost} == {
        frozenset((one.left_key, one.right_key)) for one in back.lost
    }
    return there


def chain(found: WhyNot) -> list[tuple[str, str, str]]:
    """Return the steps as keys and state."""
    return [(step.left_key, step.right_key, step.state) for step in found.steps]


async def test_two_people_on_one_browser(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest(
        [
            fact("crm_id|ana", "ecid|e1", minute=1, id="ana-logs-in", type="login"),
            fact("crm_id|ben", "ecid|e1", minute=3, id="ben-logs-in", type="login"),
            fact("crm_id|ben", "ecid|e1", minute=4, id="ben-buys", type="purchase"),
        ]
    )
    found = await ask(graph, "crm_id|ana", "crm_id|ben")
    assert found.verdict is Verdict.LOST
    assert chain(found) == [("crm_id|ana", "ecid|e1", "suppressed"), ("ecid|e1", "crm_id|ben", "active")]
    [lost] = found.lost
    assert (lost.because, lost.most, lost.would_hold, lost.stands) == (
        "unique:crm_id",
        1,
        ("crm_id|ana", "crm_id|ben"),
        True,
    )
    assert lost.by_event is not None
    assert (lost.by_event.id, lost.by_event.type, lost.by_event.source) == ("ben-logs-in", "login", "test")
    assert [(one.end_key, one.value_key, len(one.steps)) for one in lost.against] == [
        ("crm_id|ana", "crm_id|ana", 0),
        ("ecid|e1", "crm_id|ben", 1),
    ]
    assert found.sentence() == (
        "crm_id|ana and crm_id|ben are two people: of the 2 links between them, 1 is not in force. crm_id|ana and "
        "ecid|e1 were seen together once: by the login ana-logs-in from test at 2026-03-01 12:01:00 UTC. That link was "
        "suppressed by the login ben-logs-in from test at 2026-03-01 12:03:00 UTC: a person may have one crm_id, and "
        "these two together would have crm_id|ana and crm_id|ben. ecid|e1 stays with crm_id|ben, with which it was "
        "seen 2 times, last at 2026-03-01 12:04:00 UTC."
    )
    direct = await ask(graph, "crm_id|ana", "ecid|e1")
    assert chain(direct) == [("crm_id|ana", "ecid|e1", "suppressed")]
    assert "the link between them is not in force" in direct.sentence()


async def test_what_stands_against_it_may_be_far_off(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest(
        [
            fact("crm_id|ana", "login|L1", minute=1),
            fact("login|L1", "ecid|e1", minute=2),
            fact("crm_id|ben", "login|L3", minute=3),
            fact("login|L3", "ecid|e1", minute=4, id="b-logs-in"),
        ]
    )
    found = await ask(graph, "crm_id|ana", "crm_id|ben")
    assert chain(found) == [
        ("crm_id|ana", "login|L1", "active"),
        ("login|L1", "ecid|e1", "suppressed"),
        ("ecid|e1", "login|L3", "active"),
        ("login|L3", "crm_id|ben", "active"),
    ]
    [lost] = found.lost
    assert [(one.end_key, [step.right_key for step in one.steps]) for one in lost.against] == [
        ("login|L1", ["crm_id|ana"]),
        ("ecid|e1", ["login|L3", "crm_id|ben"]),
    ]
    assert "ecid|e1 stays with crm_id|ben, over login|L3." in found.sentence()


async def test_the_chain_with_the_fewest_lost_links_then_the_strongest(taken: Pipeline, graph: Graph) -> None:
    people = [fact(f"crm_id|{name}", f"ecid|{thing}", minute=minute) for minute, (name, thing) in enumerate(
        [("ana", "e1"), ("cid", "e1"), ("cid", "e2"), ("ben", "e2"),      # over cid: two lost links
         ("ana", "e3"), ("ben", "e3"),                                    # one lost link, seen once
         ("ana", "e4"), ("ana", "e4"), ("ben", "e4")]                     # one lost link, seen twice
    )]  # fmt: skip
    await taken.ingest(people)
    found = await ask(graph, "crm_id|ana", "crm_id|ben")
    assert chain(found) == [("crm_id|ana", "ecid|e4", "suppressed"), ("ecid|e4", "crm_id|ben", "active")]
    assert found.lost[0].seen == 2


async def test_a_thing_that_is_alone_is_passed_over_two_lost_links(taken: Pipeline, graph: Graph) -> None:
    """Three phones are one too many for ben, so the cookie in between lost both links."""
    await taken.ingest([fact("crm_id|ana", "ecid|e1", minute=1), fact("crm_id|ben", "ecid|e1", minute=2)])
    await graph.transact(lambda tx: tx.run_text(_ALONE))
    found = await ask(graph, "crm_id|ana", "crm_id|ben")
    assert [step.in_force for step in found.steps] == [False, False]
    assert "of the 2 links between them, 2 are not in force" in found.sentence()


_ALONE = """
MATCH (e:Identity {key: 'ecid|e1'})<-[held:HAS_IDENTITY]-()
MATCH (e)-[link:LINKED]-() SET link.state = 'suppressed', link.because = 'shared:crm_id'
WITH DISTINCT e, held DELETE held
CREATE (:Profile {id: 'prf_alone'})-[:HAS_IDENTITY]->(e)
"""


async def test_a_limit_of_two_values(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest(
        [
            fact("login|ana", "phone|1", minute=1),
            fact("login|ana", "phone|2", minute=2),
            fact("login|ben", "phone|3", minute=3),
            fact("login|ben", "phone|1", minute=4, id="ben-takes-it"),
        ]
    )
    found = await ask(graph, "login|ana", "login|ben")
    [lost] = found.lost
    assert (lost.because, lost.most, lost.stands) == ("unique:phone", 2, True)
    assert sorted(lost.would_hold) == ["phone|1", "phone|2", "phone|3"]
    assert "a person may have two values of phone, and these two together would have" in found.sentence()


async def test_evicted_by_the_cap(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest([fact("login|ana", f"ecid|e{n}", minute=n, id=f"visit{n}") for n in range(1, 6)])
    found = await ask(graph, "login|ana", "ecid|e1")
    [lost] = found.lost
    assert (lost.state, lost.because, lost.most, lost.against) == ("retired", "cap", 4, ())
    assert found.sentence().endswith(
        "That link was retired by the page_view visit4 from test at 2026-03-01 12:04:00 UTC: a person may have 4 "
        "identities, and one of the two had not been seen for the longest time."
    )


async def test_cut_and_pinned_by_a_person_with_the_reason(taken: Pipeline, platform: Platform, graph: Graph) -> None:
    await taken.ingest([fact("login|ana", "ecid|e1", minute=1), fact("login|ben", minute=1)])
    mia = Author("cli:mia", "a shared till.")
    cut = await platform.undo.cut(key("login|ana"), key("ecid|e1"), mia)
    found = await ask(graph, "login|ana", "ecid|e1")
    [lost] = found.lost
    assert lost.decision is not None
    assert (lost.state, lost.because, lost.decision.change_id) == ("cut", None, cut.change_id)
    assert f"A person (cli:mia) cut that link at {lost.decision.at:%Y-%m-%d %H:%M:%S} UTC, because: a shared till." in (
        found.sentence()
    )
    await platform.undo.pin(key("login|ben"), key("ecid|e1"), mia)
    explained = await Explainer(graph).explain(key("login|ben"), key("ecid|e1"))
    [step] = explained.steps
    assert step.decision is not None
    assert (step.state, step.seen, step.event_count, step.decision.kind) == ("pinned", 0, 0, "link_pinned")
    assert "were joined by a person's decision (cli:mia) at " in explained.sentence()
    told = (await Explainer(graph).history(key("ecid|e1"))).entries
    assert [(one.what, one.who) for one in told if one.who] == [("link_cut", "cli:mia"), ("link_pinned", "cli:mia")]


async def test_something_shared_belongs_to_nobody(platform: Platform, clean: None, graph: Graph) -> None:
    await platform.rules.adopt(parse_rules("policy: nobody" + RULES))
    await platform.pipeline.ingest(
        [
            fact("crm_id|ana", "login|a", minute=0),
            fact("login|a", "ecid|e1", minute=1),
            fact("crm_id|ben", "ecid|e1", minute=3, id="ben-logs-in", type="login"),
        ]
    )
    found = await ask(graph, "crm_id|ana", "crm_id|ben")
    assert chain(found) == [
        ("crm_id|ana", "login|a", "active"),
        ("login|a", "ecid|e1", "suppressed"),
        ("ecid|e1", "crm_id|ben", "suppressed"),
    ]
    for lost in found.lost:
        assert (lost.because, lost.most, lost.by_event and lost.by_event.id) == ("shared:crm_id", 1, "ben-logs-in")
        assert [(one.end_key, one.value_key, len(one.steps)) for one in lost.against] == [
            ("ecid|e1", "crm_id|ben", 1),
            ("ecid|e1", "crm_id|ana", 2),
        ]
    assert (
        "ecid|e1 is shared by crm_id|ben and crm_id|ana, a person may have one crm_id, and by these rules something "
        "shared belongs to nobody."
    ) in found.sentence()


async def test_a_hub_says_nothing(platform: Platform, clean: None, graph: Graph) -> None:
    await platform.rules.adopt(parse_rules("max_links: 10" + RULES))
    await platform.pipeline.ingest([fact(f"login|p{n:02}", "ecid|hub", minute=n) for n in range(12)])
    found = await ask(graph, "login|p03", "ecid|hub")
    [lost] = found.lost
    assert (lost.state, lost.because, lost.by_event, lost.most) == ("suppressed", "hub", None, 10)
    assert "linked to more than 10 other identities" in found.sentence()


async def test_values_declared_one_do_not_stand_against_each_other(
    taken: Pipeline, platform: Platform, graph: Graph
) -> None:
    await taken.ingest(
        [
            fact("crm_id|ana", "ecid|e1", minute=1),
            fact("crm_id|ben", "ecid|e1", minute=2),
            fact("crm_id|ben2", "login|b", minute=3),
        ]
    )
    await platform.undo.rekey(key("crm_id|ben"), key("crm_id|ben2"), Author("cli:mia"))
    [lost] = (await ask(graph, "crm_id|ana", "ecid|e1")).lost
    assert sorted(lost.would_hold) == ["crm_id|ana", "crm_id|ben", "crm_id|ben2"]
    assert {one.counts_as for one in lost.against} == {"crm_id|ana", "crm_id|ben2"}
    assert lost.stands


async def test_a_limit_that_would_hold_today(taken: Pipeline, graph: Graph) -> None:
    """The winner has gone to somebody else since: nothing stands against the lost link, but it was not seen again."""
    await taken.ingest(
        [
            fact("crm_id|ana", "login|L1", minute=1),
            fact("crm_id|ben", "login|L1", minute=2, id="ben-takes-it"),
            fact("crm_id|ben", "login|L2", minute=3),
        ]
    )
    await graph.transact(lambda tx: tx.run_text(_GONE))
    found = await ask(graph, "crm_id|ana", "login|L1")
    assert not found.lost[0].stands
    assert "comes back only when it is seen again" in found.sentence()


_GONE = """
MATCH (:Identity {key: 'crm_id|ben'})-[link:LINKED]-(lone:Identity {key: 'login|L1'})
MATCH (lone)<-[held:HAS_IDENTITY]-()
SET link.state = 'cut'
DELETE held
CREATE (:Profile {id: 'prf_lone'})-[:HAS_IDENTITY]->(lone)
"""


async def test_never_linked_one_person_and_never_seen(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest([fact("crm_id|ana", "ecid|e1", minute=1), fact("crm_id|ben", minute=2)])
    never = await ask(graph, "crm_id|ana", "crm_id|ben")
    assert (never.verdict, never.steps) == (Verdict.NEVER_LINKED, ())
    assert "nothing ever linked them" in never.sentence()
    same = await ask(graph, "crm_id|ana", "ecid|e1")
    assert (same.verdict, same.steps, same.from_profile) == (Verdict.ONE_PERSON, (), same.to_profile)
    assert same.sentence() == "crm_id|ana and ecid|e1 are one person. Ask `explain` for the evidence."
    assert "cannot be two people" in (await ask(graph, "crm_id|ana", "crm_id|ana")).sentence()
    with pytest.raises(IdentityNotFoundError):
        await Explainer(graph).why_not(key("crm_id|ana"), key("crm_id|cid"))


async def test_the_pictures_hold_identities_links_and_events(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest(
        [
            fact("crm_id|ana", "ecid|e1", minute=1, id="a1"),
            fact("crm_id|ana", "ecid|e1", minute=2, id="a2"),
            fact("crm_id|ben", "ecid|e1", minute=3, id="b1"),
        ]
    )
    apart = await drawn(graph, "why_not_graph", "'crm_id|ana', 'crm_id|ben'")
    assert apart["Identity"] == ["crm_id|ana", "crm_id|ben", "ecid|e1"]
    assert apart["Event"] == ["a1", "a2", "b1"]
    assert apart["LINKED"] == ["active", "suppressed"]
    assert len(apart["Profile"]) == 2
    one = await drawn(graph, "explain_graph", "'ecid|e1', 'crm_id|ben'")
    assert (one["Identity"], one["Event"], one["LINKED"]) == (["crm_id|ben", "ecid|e1"], ["b1"], ["active"])


async def drawn(graph: Graph, name: str, given: str) -> dict[str, Any]:
    """Call a procedure that draws; return keys of identities and events, ids of profiles, states of links."""
    rows = await graph.read_text(
        f"CALL custom.graphcdp.identity.{name}({given}) YIELD path "
        "UNWIND nodes(path) AS node WITH collect(path) AS paths, collect(DISTINCT node) AS nodes "
        "UNWIND paths AS path UNWIND relationships(path) AS edge WITH nodes, collect(DISTINCT edge) AS edges "
        "RETURN [n IN nodes WHERE n:Identity | n.key] AS Identity, [n IN nodes WHERE n:Event | n.id] AS Event, "
        "[n IN nodes WHERE n:Profile | n.id] AS Profile, [e IN edges WHERE type(e) = 'LINKED' | e.state] AS LINKED"
    )
    return {name: sorted(found) for name, found in rows[0].items()}


QUESTIONS = ("explain", "explain_graph", "evidence", "why_not", "why_not_graph")


@pytest.mark.parametrize("name", QUESTIONS)
async def test_nothing_is_scanned(graph: Graph, clean: None, name: str) -> None:
    statement = graph.catalogue.get(f"identity.{name}")
    async with graph._driver.session(database=graph.database) as session:
        result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
        plan = (await result.consume()).plan
    assert plan is not None
    scans = [each for each in operators(plan) if "Scan" in each[0] and "RuleSet" not in each[1]]
    assert scans == []
