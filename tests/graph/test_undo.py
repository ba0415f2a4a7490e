"""A person's word about who is who: what it does, that it lasts, that it can be taken back, what is refused."""

from __future__ import annotations

import itertools

import orjson
import pytest

from graphcdp.base import ConflictError, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.identity import (
    Author,
    ChangeNotFoundError,
    IdentityNotFoundError,
    ProfileNotFoundError,
    Undo,
    parse_rules,
)
from graphcdp.identity.rules.files import DEFAULT_RULES
from graphcdp.ingest import Pipeline
from graphcdp.platform import Platform
from tests.make import fact, key, record

pytestmark = pytest.mark.anyio

ME = Author("cli:test", "seen in the shop")
ANA, BEN, E1, E2, MAIL = "user_id|ana", "user_id|ben", "anonymous_id|e1", "anonymous_id|e2", "email|ana@shop.example"


@pytest.fixture
async def pipeline(platform: Platform, clean: None) -> Pipeline:
    """The session's pipeline over an empty graph under the default rules."""
    await platform.rules.in_force()
    return platform.pipeline


@pytest.fixture
def undo(platform: Platform) -> Undo:
    """The service."""
    return platform.undo


async def people(graph: Graph) -> list[list[str]]:
    """Return every profile's identities."""
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i:Identity) WITH p, i ORDER BY i.key "
        "RETURN p.id AS id, collect(i.key) AS keys"
    )
    return sorted(row["keys"] for row in rows)


async def everything(graph: Graph) -> list[dict[str, object]]:
    """Return all that is in the graph, but for when the lock was taken."""
    nodes = await graph.read_text(
        "MATCH (n) WHERE NOT n:Lock AND NOT n:Migration AND NOT n:InstalledProcedure "
        "RETURN labels(n) AS kinds, properties(n) AS held ORDER BY kinds, apoc.convert.toJson(held)"
    )
    edges = await graph.read_text(
        "MATCH (a)-[r]->(b) RETURN type(r) AS kind, properties(r) AS held, coalesce(a.key, a.id) AS a, "
        "coalesce(b.key, b.id) AS b ORDER BY kind, a, b, apoc.convert.toJson(held)"
    )
    return nodes + edges


async def changes(graph: Graph) -> list[dict[str, object]]:
    """Return the audit of decisions, in order."""
    return await graph.read_text(
        "MATCH (c:Change) WHERE c.inverse IS NOT NULL RETURN c.kind AS kind, c.who AS who, c.reason AS reason, "
        "c.inverse AS inverse, c.moved AS moved, c.writer + '/' + c.seq AS id ORDER BY c.seq"
    )


async def test_a_cut_parts_two_people_each_with_their_own_history(
    pipeline: Pipeline, undo: Undo, graph: Graph, platform: Platform
) -> None:
    await pipeline.ingest(
        [
            fact(ANA, E1, minute=1, id="f1", type="identify", attributes={"name": "Ana"}),
            fact(E1, minute=2, id="f2", type="identify", attributes={"language": "en"}),
        ]
    )
    told = await undo.cut(key(ANA), key(E1), ME)
    assert told.changed
    assert await people(graph) == [[E1], [ANA]]
    ana, browser = pipeline.profile_id(ANA), pipeline.profile_id(E1)
    assert [one.profile_id for one in told.before] == [ana]
    assert {one.profile_id: one.identities for one in told.after} == {ana: (ANA,), browser: (E1,)}
    assert told.moved == ((E1, ana, browser),)
    assert "two people" in told.sentence
    attributes = await graph.read_text("MATCH (p:Profile) RETURN p.founder AS who, p.facts AS facts ORDER BY who")
    assert [(row["who"], list(orjson.loads(row["facts"]))) for row in attributes] == [
        (E1, ["language"]),
        (ANA, ["name"]),
    ]
    [link] = await graph.read_text(
        "MATCH (:Identity)-[l:LINKED]->() RETURN l.state AS state, l.decided_by AS by, l.reason AS reason, "
        "l.decided_at IS NOT NULL AS dated, l.count AS seen"
    )
    assert link == {"state": "cut", "by": "cli:test", "reason": "seen in the shop", "dated": True, "seen": 1}
    [change] = await changes(graph)
    assert (change["kind"], change["who"], change["reason"]) == ("link_cut", "cli:test", "seen in the shop")
    assert change["id"] == told.change_id
    moved = await graph.read_text(
        "MATCH (i:Identity {key: $e1}) MATCH (i)<-[h:HAS_IDENTITY]-() MATCH (i)<-[w:HAD_IDENTITY]-() "
        "WHERE w.known_to = h.known_from "
        "RETURN h.by_event AS event, h.by_change AS change, w.because AS because",
        {"e1": E1},
    )
    assert moved == [{"event": None, "change": told.change_id, "because": "cut"}]


async def test_a_cut_outlives_later_events_late_events_and_replays(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest([fact(ANA, E1, minute=10, id="f1"), fact(ANA, MAIL, minute=11, id="f2")])
    await undo.cut(key(ANA), key(E1), ME)
    parted = [[E1], [MAIL, ANA]]
    assert await people(graph) == parted
    await pipeline.ingest([fact(ANA, E1, minute=20, id="later")])
    assert await people(graph) == parted
    await pipeline.ingest([fact(ANA, E1, minute=5, id="late")])
    assert await people(graph) == parted
    await pipeline.ingest([fact(ANA, E2, minute=30, id="new"), fact(ANA, E1, minute=31, id="and again")])
    assert await people(graph) == [[E1], [E2, MAIL, ANA]]
    await graph.write("identity.resolve", keys=[ANA])
    assert await people(graph) == [[E1], [E2, MAIL, ANA]]
    [link] = await graph.read_text(
        "MATCH (:Identity {key: $a})-[l:LINKED]-(:Identity {key: $b}) RETURN l.state AS state, l.count AS seen",
        {"a": ANA, "b": E1},
    )
    assert link == {"state": "cut", "seen": 4}


async def test_a_cut_inside_a_person_whom_other_links_hold_together_says_so_and_lasts(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest([fact(ANA, MAIL, E1, minute=1, id="f1")])
    told = await undo.cut(key(ANA), key(E1), ME)
    assert "and yet they are one person" in told.sentence
    assert told.moved == ()
    await pipeline.ingest([fact(ANA, E1, minute=2, id="f2")])
    told = await undo.cut(key(MAIL), key(E1), ME)
    assert await people(graph) == [[E1], [MAIL, ANA]]


async def test_cut_then_restore_gives_the_earlier_partition(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest(
        [
            fact(ANA, E1, minute=1, id="f1"),
            fact(E1, MAIL, minute=2, id="f2", attributes={"name": "Ana"}),
            fact(BEN, E1, minute=3, id="f3"),
        ]
    )
    links = "MATCH (a)-[l:LINKED]->(b) RETURN a.key AS a, b.key AS b, properties(l) AS held ORDER BY a, b"
    before, stood = await people(graph), await graph.read_text(links)
    facts = await graph.read_text("MATCH (p:Profile) RETURN p.id AS id, p.facts AS facts ORDER BY id")
    for a, b in ((BEN, E1), (E1, MAIL), (ANA, E1)):
        told = await undo.cut(key(a), key(b), ME)
        assert told.changed
        back = await undo.restore(key(b), key(a), ME)
        assert back.changed
        assert await people(graph) == before
        assert await graph.read_text(links) == stood
        assert await graph.read_text("MATCH (p:Profile) RETURN p.id AS id, p.facts AS facts ORDER BY id") == facts


async def test_cutting_twice_says_so_and_changes_nothing(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest([fact(ANA, E1, id="f1")])
    await undo.cut(key(ANA), key(E1), ME)
    before = await everything(graph)
    again = await undo.cut(key(E1), key(ANA), ME)
    assert (again.changed, again.change_id, again.before, again.after) == (False, None, (), ())
    assert "cut already" in again.sentence
    assert await everything(graph) == before


async def test_a_pin_joins_what_no_event_joined_and_outlives_evidence(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest(
        [
            fact(ANA, E1, minute=1, id="f1", type="identify", attributes={"name": "Ana"}),
            fact(E2, minute=2, id="f2", type="identify", attributes={"name": "Anna", "size": "S"}),
        ]
    )
    told = await undo.pin(key(ANA), key(E2), ME)
    assert told.changed
    assert await people(graph) == [[E1, E2, ANA]]
    [row] = await graph.read_text("MATCH (p:Profile) RETURN p.a_name AS name, p.a_size AS size, p.founder AS who")
    assert row == {"name": "Anna", "size": "S", "who": ANA}
    assert (await undo.pin(key(E2), key(ANA), ME)).changed is False
    await pipeline.ingest([fact(BEN, E2, minute=3, id="ben on the pinned browser")])
    assert await people(graph) == [[E1, E2, ANA], [BEN]]
    await pipeline.ingest([fact(BEN, E2, minute=0, id="late"), fact(BEN, E2, minute=4, id="again")])
    assert await people(graph) == [[E1, E2, ANA], [BEN]]


async def test_a_pin_taken_back_leaves_no_link_that_nothing_showed(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest([fact(ANA, E1, minute=1, id="f1"), fact(E2, minute=2, id="f2")])
    await undo.pin(key(ANA), key(E2), ME)
    told = await undo.restore(key(ANA), key(E2), ME)
    assert "two people" in told.sentence
    assert await people(graph) == [[E1, ANA], [E2]]
    assert await graph.read_text("MATCH ()-[l:LINKED]->() RETURN count(l) AS links") == [{"links": 1}]
    await undo.pin(key(ANA), key(E2), ME)
    await pipeline.ingest([fact(ANA, E2, minute=7, id="f3")])
    told = await undo.restore(key(ANA), key(E2), ME)
    assert "one person" in told.sentence
    assert await people(graph) == [[E1, E2, ANA]]
    [link] = await graph.read_text(
        "MATCH (:Identity {key: $a})-[l:LINKED]-(:Identity {key: $b}) "
        "RETURN l.state AS state, l.count AS seen, l.first_seen = l.last_seen AS dated, l.decided_by AS by",
        {"a": ANA, "b": E2},
    )
    assert link == {"state": "active", "seen": 1, "dated": True, "by": None}


async def test_a_pin_against_a_unique_namespace_is_refused_by_name(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest([fact(ANA, E1, minute=1, id="f1"), fact(BEN, E2, minute=2, id="f2")])
    before = await everything(graph)
    with pytest.raises(ConflictError, match=r"user_id\|ana and user_id\|ben would be one person's.*rekey"):
        await undo.pin(key(ANA), key(BEN), ME)
    assert await everything(graph) == before
    await undo.pin(key(ANA), key(E2), ME)
    assert await people(graph) == [[E1, E2, ANA], [BEN]]
    before = await everything(graph)
    with pytest.raises(ConflictError, match=r"user_id\|ana and user_id\|ben"):
        await undo.pin(key(BEN), key(E2), ME)
    assert await everything(graph) == before


async def test_a_merge_pins_the_founders_and_a_unique_namespace_forbids_it(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest(
        [
            fact(ANA, E1, minute=1, id="f1"),
            fact(MAIL, E2, minute=2, id="f2"),
            fact(BEN, minute=3, id="f3"),
        ]
    )
    before = await everything(graph)
    with pytest.raises(ConflictError, match=r"user_id\|ana and user_id\|ben would be one person's.*rekey"):
        await undo.merge(key(E1), pipeline.profile_id(BEN), ME)
    assert await everything(graph) == before
    told = await undo.merge(pipeline.profile_id(ANA), key(E2), ME)
    assert told.changed
    assert [(word.left_key, word.right_key, word.after) for word in told.wish.links] == [(MAIL, ANA, "pinned")]
    assert await people(graph) == [[E1, E2, MAIL, ANA], [BEN]]
    assert (await undo.merge(pipeline.profile_id(MAIL), key(ANA), ME)).changed is False  # an id of the past
    assert told.change_id is not None
    await undo.undo(told.change_id, ME)
    assert await people(graph) == [[E1, ANA], [E2, MAIL], [BEN]]


async def test_a_merge_writes_no_event_however_long_the_histories(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest(
        [fact(f"anonymous_id|{who}", minute=n / 60, id=f"{who}{n}") for who in "ab" for n in range(900)]
    )
    ids = "MATCH ()-[r:PERFORMED]->() WITH elementId(r) AS id ORDER BY id RETURN collect(id) AS ids"
    stood = await graph.read_text(ids)
    await undo.merge(key("anonymous_id|a"), key("anonymous_id|b"), ME)
    assert await people(graph) == [["anonymous_id|a", "anonymous_id|b"]]
    assert await graph.read_text(ids) == stood


async def test_a_split_cuts_every_link_between_and_can_be_taken_back(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    await pipeline.ingest([fact(ANA, MAIL, E1, E2, minute=1, id="f1"), fact(E1, E2, minute=2, id="f2")])
    told = await undo.split(key(ANA), [key(E1), key(E2)], ME)
    assert await people(graph) == [[E1, E2], [MAIL, ANA]]
    assert len(told.wish.links) == 4
    assert [move.key for move in told.moved] == [E1, E2]
    again = await undo.split(pipeline.profile_id(ANA), [key(E1), key(E2)], ME)
    assert (again.changed, "already" in again.sentence) == (False, True)
    await pipeline.ingest([fact(ANA, E1, minute=3, id="f3"), fact(MAIL, E2, minute=0, id="f0")])
    assert await people(graph) == [[E1, E2], [MAIL, ANA]]
    assert told.change_id is not None
    assert (await undo.undo(told.change_id, ME)).changed
    assert await people(graph) == [[E1, E2, MAIL, ANA]]


async def test_a_rekey_makes_two_values_one_and_history_does_not_split(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    new, newer = "user_id|ana-2", "user_id|ana-3"
    await pipeline.ingest(
        [
            fact(ANA, E1, minute=1, id="f1", type="identify", attributes={"name": "Ana"}),
            fact(ANA, MAIL, minute=2, id="f2"),
            fact(new, MAIL, minute=3, id="f3"),
        ]
    )
    assert await people(graph) == [[E1, ANA], [MAIL, new]]  # what happens without it
    told = await undo.rekey(key(ANA), key(new), ME)
    assert await people(graph) == [[E1, MAIL, ANA, new]]
    again = await undo.rekey(key(ANA), key(new), ME)
    assert (again.changed, "already" in again.sentence) == (False, True)
    await pipeline.ingest([fact(new, E2, minute=4, id="f4"), fact(ANA, E2, minute=0, id="f0")])
    assert await people(graph) == [[E1, E2, MAIL, ANA, new]]
    with pytest.raises(ConflictError, match="undo"):
        await undo.cut(key(ANA), key(new), ME)
    await pipeline.ingest([fact(newer, minute=5, id="f5")])
    further = await undo.rekey(key(new), key(newer), ME)
    assert await people(graph) == [[E1, E2, MAIL, ANA, new, newer]]
    stated = await graph.read_text(
        "MATCH (i:Identity {namespace: 'user_id'}) RETURN i.counts_as AS value ORDER BY i.key"
    )
    assert stated == [{"value": newer}, {"value": newer}, {"value": None}]
    assert told.change_id is not None
    assert further.change_id is not None
    with pytest.raises(ConflictError, match="later decision"):
        await undo.undo(told.change_id, ME)
    await undo.undo(further.change_id, ME)
    await undo.undo(told.change_id, ME)
    assert [newer] in await people(graph)
    assert await graph.read_text("MATCH (i:Identity) WHERE i.counts_as IS NOT NULL RETURN count(i) AS held") == [
        {"held": 0}
    ]


async def test_decisions_outlive_another_rule_set(
    pipeline: Pipeline, undo: Undo, graph: Graph, platform: Platform
) -> None:
    await pipeline.ingest(
        [
            fact(ANA, MAIL, minute=1, id="f1"),
            fact(ANA, E1, minute=2, id="f2"),
            fact(BEN, minute=3, id="f3"),
            fact("user_id|ben-2", minute=4, id="f4"),
        ]
    )
    await undo.cut(key(ANA), key(E1), ME)
    await undo.pin(key(BEN), key(E1), ME)
    told = await undo.rekey(key(BEN), key("user_id|ben-2"), ME)
    decided = [[E1, BEN, "user_id|ben-2"], [MAIL, ANA]]
    assert await people(graph) == decided
    other = parse_rules(DEFAULT_RULES.replace("last_login", "first_owner").replace("50", "20"))
    for applied in (other, parse_rules(DEFAULT_RULES.replace("unique: true", "max_values: 2")), other):
        await platform.rules.adopt(applied, over_data=True)
        await graph.write("identity.resolve", keys=[ANA, BEN])
        assert await people(graph) == decided
        await pipeline.ingest([fact(ANA, E1, minute=9, id=f"again {applied.version}")])
        assert await people(graph) == decided
    assert told.change_id is not None
    await undo.undo(told.change_id, ME)
    assert await people(graph) == [[E1, BEN], [MAIL, ANA], ["user_id|ben-2"]]


async def test_every_decision_has_an_inverse_that_gives_the_earlier_partition(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    new = "user_id|ana-2"
    await pipeline.ingest(
        [
            fact(ANA, E1, minute=1, id="f1"),
            fact(ANA, MAIL, minute=2, id="f2"),
            record(BEN, "phone|+447700900123", minute=3, id="f3", name="Ben"),
            fact(E2, "phone|+447700900123", minute=4, id="f4"),
            fact(new, minute=5, id="f5"),
            fact("phone|+447700900124", minute=6, id="f6"),
        ]
    )
    before = await people(graph)
    for made in (
        undo.cut(key(ANA), key(E1), ME),
        undo.pin(key(MAIL), key(E2), ME),
        undo.split(key(BEN), [key(E2)], ME),
        undo.merge(key(new), key(E2), ME, preview=False) if False else undo.rekey(key(ANA), key(new), ME),
    ):
        told = await made
        assert told.changed, told
        assert await people(graph) != before, told
        assert told.change_id is not None
        back = await undo.undo(told.change_id, ME)
        assert back.changed
        assert back.change_id is not None
        assert await people(graph) == before
        once_more = await undo.undo(told.change_id, ME)
        assert (once_more.changed, "already" in once_more.sentence) == (False, True)
        await undo.undo(back.change_id, ME)  # the undoing undone
        assert await people(graph) != before
        await undo.undo(told.change_id, ME)
        assert await people(graph) == before


async def test_a_preview_answers_like_the_deed_and_leaves_nothing(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest([fact(ANA, E1, minute=1, id="f1"), fact(E2, minute=2, id="f2"), fact("user_id|n", id="f3")])
    before = await everything(graph)
    shown = [
        await undo.cut(key(ANA), key(E1), ME, preview=True),
        await undo.pin(key(ANA), key(E2), ME, preview=True),
        await undo.merge(key(ANA), key(E2), ME, preview=True),
        await undo.split(key(ANA), [key(E1)], ME, preview=True),
        await undo.rekey(key(ANA), key("user_id|n"), ME, preview=True),
    ]
    assert await everything(graph) == before
    assert all(one.changed and one.preview and one.change_id is None and one.moved for one in shown)
    done = await undo.cut(key(ANA), key(E1), ME)
    assert (done.before, done.after, done.moved, done.sentence, done.wish) == (
        shown[0].before, shown[0].after, shown[0].moved, shown[0].sentence, shown[0].wish,
    )  # fmt: skip


async def test_bad_input_is_a_sentence_and_changes_nothing(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest([fact(E1, minute=0, id="f0")])
    await pipeline.ingest([fact(ANA, E1, minute=1, id="f1"), fact(BEN, E1, minute=2, id="f2"), fact(E2, id="f3")])
    await pipeline.ingest([fact(BEN, "phone|+447700900123", minute=3, id="f4")])
    before = await everything(graph)
    nobody, phone = key("user_id|nobody"), key("phone|+447700900123")
    for make, kind, sentence in (
        (lambda: undo.cut(key(ANA), nobody, ME), IdentityNotFoundError, "No user_id identity with this value"),
        (lambda: undo.pin(nobody, key(ANA), ME), IdentityNotFoundError, "No user_id identity with this value"),
        (lambda: undo.rekey(key(ANA), nobody, ME), IdentityNotFoundError, "No user_id identity with this value"),
        (lambda: undo.split(key(ANA), [nobody], ME), IdentityNotFoundError, "No user_id identity"),
        (lambda: undo.release_hub(nobody, ME), IdentityNotFoundError, "No user_id identity"),
        (lambda: undo.cut(key(ANA), key(ANA), ME), InvalidInputError, "given twice"),
        (lambda: undo.pin(key(ANA), key(ANA), ME), InvalidInputError, "given twice"),
        (lambda: undo.restore(key(ANA), key(ANA), ME), InvalidInputError, "given twice"),
        (lambda: undo.rekey(key(ANA), key(ANA), ME), InvalidInputError, "given twice"),
        (lambda: undo.cut(key(ANA), key(E2), ME), InvalidInputError, "never linked"),
        (lambda: undo.cut(key(E1), phone, ME), InvalidInputError, "splitProfile parts"),
        (lambda: undo.restore(key(ANA), key(E1), ME), InvalidInputError, "nothing to take back"),
        (lambda: undo.restore(key(ANA), key(E2), ME), InvalidInputError, "nothing to take back"),
        (lambda: undo.rekey(key(ANA), key(E2), ME), InvalidInputError, "of user_id and anonymous_id"),
        (lambda: undo.pin(key(ANA), key(BEN), ME), ConflictError, "a person has one user_id"),
        (lambda: undo.merge("prf_nobody", key(ANA), ME), ProfileNotFoundError, "never was"),
        (lambda: undo.merge(key(ANA), nobody, ME), IdentityNotFoundError, "No user_id"),
        (lambda: undo.split(key(ANA), [], ME), InvalidInputError, "Name the identities"),
        (lambda: undo.split(key(ANA), [key(ANA)], ME), InvalidInputError, "nobody would be left"),
        (lambda: undo.split(key(BEN), [key(E2)], ME), InvalidInputError, "does not hold anonymous_id.e2"),
        (lambda: undo.release_hub(key(ANA), ME), InvalidInputError, "not quarantined"),
        (lambda: undo.undo("nothing", ME), InvalidInputError, "writer/number"),
        (lambda: undo.undo("w_none/1", ME), ChangeNotFoundError, "no change w_none/1"),
        (lambda: undo.cut(key(ANA), key(E1), Author("x", "y" * 1001)), InvalidInputError, "at most 1,000"),
    ):
        with pytest.raises(kind, match=sentence):
            await make()
    by_events, *_ = await graph.read_text(
        "MATCH (c:Change) WHERE c.inverse IS NULL RETURN c.writer + '/' + c.seq AS id"
    )
    with pytest.raises(InvalidInputError, match="followed from events"):
        await undo.undo(by_events["id"], ME)
    assert await everything(graph) == before


async def test_memberships_and_deliveries_that_change_are_told(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest([fact(ANA, E1, minute=1, id="f1"), fact(E2, minute=2, id="f2")])
    await graph.transact(
        lambda tx: tx.run_text(
            "MATCH (p:Profile)-[:HAS_IDENTITY]->(:Identity {key: $key}) "
            "CREATE (p)-[:MEMBER_OF]->(:Segment {id: 'visitors'}) "
            "CREATE (:Delivery {id: 'd1', state: 'queued'})-[:FOR]->(p)",
            {"key": E2},
        )
    )
    told = await undo.pin(key(ANA), key(E2), ME)
    assert [(one.id, one.entered) for one in told.memberships] == [("visitors", False)]
    assert [(one.id, one.entered) for one in told.deliveries] == [("d1", False)]


async def test_a_hub_is_released(pipeline: Pipeline, undo: Undo, graph: Graph) -> None:
    await pipeline.ingest([fact(E1, MAIL, minute=1, id="f1")])
    await graph.transact(
        lambda tx: tx.run_text("MATCH (i:Identity {key: $key}) SET i.hub = 'quarantined'", {"key": MAIL})
    )
    told = await undo.release_hub(key(MAIL), ME)
    assert told.changed
    assert (await undo.release_hub(key(MAIL), ME)).changed is False
    assert told.change_id is not None
    await undo.undo(told.change_id, ME)
    assert await graph.read_text("MATCH (i:Identity {key: $key}) RETURN i.hub AS hub", {"key": MAIL}) == [
        {"hub": "quarantined"}
    ]


async def test_decisions_of_all_kinds_in_every_order_leave_nothing_behind(
    pipeline: Pipeline, undo: Undo, graph: Graph
) -> None:
    """Cut and pin the same three links in all orders, then take all back: the earlier partition."""
    await pipeline.ingest([fact(ANA, MAIL, E1, minute=1, id="f1")])
    links = [(ANA, MAIL), (ANA, E1), (MAIL, E1)]
    for order in itertools.permutations(range(3)):
        for turn in order:
            a, b = links[turn]
            await (undo.cut if turn != order[1] else undo.pin)(key(a), key(b), ME)
        for a, b in links:
            await undo.restore(key(a), key(b), ME)
        assert await people(graph) == [[E1, MAIL, ANA]]
