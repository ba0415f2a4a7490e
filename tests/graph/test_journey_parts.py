"""Any analysis part by part, worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from graphcdp.base import InvalidInputError
from graphcdp.graph import Graph, install_procedures
from graphcdp.journeys import AttributionRule, FlowRule, FunnelRule, Journeys, Part, RetentionRule, Selection
from graphcdp.model import Device
from graphcdp.platform import Platform
from graphcdp.segments.rule.errors import RuleError
from tests.make import fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
FUNNEL = FunnelRule(("viewed product", "purchased"))


@pytest.fixture
async def journeys(platform: Platform) -> Journeys:
    gold, silver = {"tier": "gold"}, {"tier": "silver"}
    await platform.pipeline.ingest(
        [
            fact("user_id|ana", id="1", minute=0, type="product_view", channel="web", attributes=gold),
            fact("user_id|ana", id="2", minute=5, type="purchase", channel="store", properties={"gift": True}),
            fact("user_id|ben", id="3", minute=1, type="product_view", channel="web", attributes=silver),
            fact("user_id|ben", id="4", minute=9, type="purchase", channel="web", properties={"gift": False}),
            fact("user_id|cy", id="5", minute=2, type="product_view", channel="web", attributes=silver),
            fact("user_id|di", id="6", minute=3, type="product_view", channel="email"),
        ]
    )
    await platform.segments.define("buyers", "purchased")
    await platform.segments.change_state("buyers", "active")
    return platform.journeys


async def test_parts_of_people_events_and_segments(journeys: Journeys, graph: Graph) -> None:
    people, left_out = await journeys.parts("profile.tier")
    assert people == (
        (Part("profile.tier", "silver"), 2, 3), (Part("profile.tier", "gold"), 1, 2), (Part("profile.tier", None), 1, 1)
    )  # fmt: skip
    assert left_out == 0
    funnel = await journeys.by_part(lambda whose: journeys.funnel(FUNNEL, whose), "profile.tier")
    assert [(one.part.label, [step.people for step in one.answer.steps]) for one in funnel.shares] == [
        ("silver", [2, 1]), ("gold", [1, 1]), ("(unknown)", [1, 0]),
    ]  # fmt: skip
    assert funnel.frame().loc[("silver", 2, "purchased"), "people"] == 1
    assert funnel.rules["parts_by"] == "profile.tier"
    # of a property of events: what was done there, whoever did it; and the people behind it
    web = await journeys.by_part(lambda whose: journeys.funnel(FUNNEL, whose), "channel", most=2)
    assert [(one.part.label, one.people, one.events) for one in web.shares] == [("web", 3, 4), ("email", 1, 1)]
    assert [[step.people for step in one.answer.steps] for one in web.shares] == [[3, 1], [1, 0]]
    assert web.left_out == 1
    page = await journeys.funnel_people(FUNNEL, Selection(part=Part("channel", "web")), step=2)
    assert [one.event_ids for one, _ in page.items] == [("3", "4")]
    # own properties, of any kind; together with what is selected already
    gifts = await journeys.by_part(journeys.sessions, "gift", Selection(within="purchased"))
    assert {one.part.label: one.answer.groups[0].events for one in gifts.shares} == {"false": 1, "true": 1}
    viewed = Selection(within="type = 'product_view' or gift = true")
    none = await journeys.by_part(journeys.sessions, "gift", viewed)
    assert {one.part.label: one.answer.groups[0].events for one in none.shares} == {"(unknown)": 4, "true": 1}
    silver = await journeys.by_part(journeys.sessions, "segment", Selection(people="profile.tier = 'silver'"))
    assert [(one.part.label, one.people) for one in silver.shares] == [("buyers", 1)]
    nobody = await journeys.by_part(journeys.sessions, "channel", Selection(segment="buyers", within="called"))
    assert (nobody.shares, len(nobody.frame())) == ((), 0)
    await install_procedures(graph)
    await _every_procedure(graph)
    rows = await graph.read_text(
        "CALL custom.graphcdp.journey.parts('profile', 'tier', 1) YIELD value, people RETURN *"
    )
    assert rows == [{"value": "silver", "people": 2}]


async def _every_procedure(graph: Graph) -> None:
    """Neo4j Browser gets by every journey procedure what the same statement says elsewhere."""
    (ana,) = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(:Identity {key: 'user_id|ana'}) RETURN p.id AS id"
    )
    views, sales = ({"types": [one], "where": None} for one in ("product_view", "purchase"))
    said = {
        "steps": [views, sales], "conversions": sales, "label": "web", "of_what": "event", "id": ana["id"],
        "tools": views, "success": sales, "taken": ["product_view"], "outcome": sales, "self_service": views,
        "calls": sales, "cohort_start": date(2026, 2, 23), "period_start": date(2026, 2, 23), "state": "active",
        "persistent": ["anonymous_id"], "transient": ["user_id"],
        "low": 1, "elements": [{**views, "low": 1, "high": 1}, {**sales, "low": 1, "high": 1, "later": True}],
    }  # fmt: skip
    called = 0
    for statement in graph.catalogue:
        if not statement.name.startswith("journey.") or statement.internal:
            continue
        needed = [one.name for one in statement.inputs if one.name in statement.required]
        given = {name: said[name] for name in needed}
        columns = ", ".join(one.name for one in statement.outputs)
        arguments = ", ".join(f"${name}" for name in needed)
        text = f"CALL custom.graphcdp.{statement.name}({arguments}) YIELD {columns} RETURN {columns}"
        assert await graph.read_text(text, given) == await graph.read(statement.name, **given), statement.name
        called += 1
    assert called >= 32


async def test_a_misspelt_name_is_told(journeys: Journeys) -> None:
    """It would find nothing, and nobody would know why."""
    for asked, near in (
        (journeys.sessions(Selection(within="chanel = 'web'")), "property of events `chanel`. Did you mean `channel`"),
        (journeys.sessions(Selection(within="gfit = true")), "property of events `gfit`. Did you mean `gift`"),
        (journeys.flow(rule=FlowRule(item="pag")), "property of events `pag`. Did you mean `page`"),
        (journeys.popular(of="categry"), "Did you mean `category`"),
        (journeys.attribution(rule=AttributionRule(dimension="campain")), "Did you mean `campaign`"),
        (journeys.retention(rule=RetentionRule(breakdown="chanel")), "Did you mean `channel`"),
        (journeys.funnel(FunnelRule(("did product_viw",))), "type of event `product_viw`. Did you mean `product_view`"),
        (journeys.funnel(FunnelRule(("purchased",), exclusions=(), breakdown="gfit")), "Did you mean `gift`"),
        (journeys.pattern("(any event where gfit = true)"), "Did you mean `gift`"),
    ):
        with pytest.raises(RuleError, match=near):
            await asked
    assert (await journeys.tools()).tools == ()  # what is asked for unasked may be missing: nobody has used a tool
    assert (await journeys.call_deflection()).total is None


async def test_conditions_on_the_device(journeys: Journeys, platform: Platform) -> None:
    phone = Device("d1", kind="phone", name="Pixel")
    await platform.pipeline.ingest([fact("user_id|ana", id="7", minute=20, type="product_view", device=phone)])
    on_phone = Selection(within="device.kind = 'phone'")
    assert (await journeys.sessions(on_phone)).groups[0].events == 1
    assert (await journeys.sessions(Selection(within="device.kind is unknown"))).groups[0].events == 6
    assert (await journeys.sessions(Selection(within="not device.name contains 'Pix'"))).groups[0].events == 6
    mixed = FunnelRule(("viewed product where device.kind is unknown", "viewed product where device.kind = 'phone'"))
    assert [one.people for one in (await journeys.funnel(mixed)).steps] == [4, 1]
    found = await journeys.pattern("(viewed product)-->(viewed product where device.kind = 'phone')")
    assert found.people == 1
    parts, _ = await journeys.parts("device.kind")
    assert parts == ((Part("device.kind", None), 4, 6), (Part("device.kind", "phone"), 1, 1))
    shown = await journeys.by_part(journeys.sessions, "device.kind")
    assert {one.part.label: one.answer.groups[0].events for one in shown.shares} == {"(unknown)": 6, "phone": 1}
    with pytest.raises(RuleError, match=r"`device.kid`. Did you mean `device.kind`"):
        await journeys.sessions(Selection(within="device.kid = 'phone'"))


async def test_what_cannot_be_cut_is_refused(journeys: Journeys) -> None:
    with pytest.raises(RuleError, match="Did you mean `profile.tier`"):
        await journeys.parts("profile.teir")
    with pytest.raises(InvalidInputError, match="1 to 50 parts"):
        await journeys.parts("channel", most=51)
    with pytest.raises(InvalidInputError, match="not cut again"):
        await journeys.parts("channel", Selection(part=Part("channel", "web")))
