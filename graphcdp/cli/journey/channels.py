"""`journey channels`, `popular`, `tools` and `doers`."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.cli.frame import Json, answer, named, wants_json
from graphcdp.cli.journey.group import End, InSegment, Of, People, Start, Within, ask, journey, selection_of, show_table
from graphcdp.cli.picture import Html, Png, draw
from graphcdp.journeys.channels import ChannelRule
from graphcdp.journeys.deflection import Period
from graphcdp.journeys.tools import ToolRule

Which = Annotated[str | None, typer.Option("--events", help="Which events count: 'viewed product'; else any.")]


@journey.command()
def channels(
    *,
    conversions: Annotated[str, typer.Option(help="Events that are conversions.")] = "purchased",
    by: Annotated[str, typer.Option(help="A property: channel, source, campaign, …")] = "channel",
    value: Annotated[str, typer.Option(help="A property of conversions to sum up.")] = "revenue",
    lookback_days: Annotated[float, typer.Option(help="How old an event may be that assists.")] = 30,
    most: Annotated[int, typer.Option(help="So many sets of the overlap.", min=1, max=1_000)] = 20,
    start: Start = None,
    end: End = None,
    container: Of = "person",
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    png: Png = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Show engagement and conversion by channel, and which channels people use together."""
    chosen = selection_of(start, end, container, segment, people, within)
    rule = ChannelRule(conversions, by, value, int(lookback_days * 86_400))
    found = ask(lambda journeys: journeys.channels(chosen, rule, most=most))
    draw(found, png, html)
    if wants_json():
        answer(named(found))
        return
    show_table(
        "Channels",
        (by, "people", "events", "sessions", "engaged", "converted", "conversions", "value", "last", "assisted"),
        (
            (one.channel, one.people, one.events, one.sessions, f"{one.engagement_rate:.1%}",
             f"{one.conversion_rate:.1%}", one.conversions, one.value, one.last_touches, one.assisted)
            for one in found.channels
        ),
    )  # fmt: skip
    show_table(
        "Used together, and nothing else",
        (by, "people", "converted", "conversions"),
        ((" + ".join(one.channels), one.people, one.converted, one.conversions) for one in found.overlap),
    )


@journey.command()
def popular(
    of: Annotated[str, typer.Argument(help="content, product, category, page, query, campaign, …")] = "content",
    *,
    events: Which = None,
    split: Annotated[str | None, typer.Option(help="`channel`, another property, or `segment`.")] = None,
    period: Annotated[Period | None, typer.Option(help="Rank each.")] = None,
    time_zone: Annotated[str, typer.Option(help="Whose days these are.")] = "UTC",
    most: Annotated[int, typer.Option(help="Of each period and part.", min=1, max=200)] = 20,
    start: Start = None,
    end: End = None,
    container: Of = "person",
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    png: Png = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Show the most viewed contents, the most popular products or categories."""
    chosen = selection_of(start, end, container, segment, people, within)
    found = ask(
        lambda journeys: journeys.popular(
            chosen, of, events, split=split, period=period, time_zone=time_zone, most=most
        )
    )
    draw(found, png, html)
    if wants_json():
        answer(named(found))
        return
    show_table(
        f"Popular: {of}",
        ("since", split or "part", "rank", of, "title", "times", "people", "share"),
        (
            (one.since, one.part, one.rank, one.value, one.title, one.times, one.people, f"{one.share:.1%}")
            for one in found.rows
        ),
    )


@journey.command()
def tools(
    *,
    uses: Annotated[str, typer.Option(help="Events that are uses of tools.")] = ToolRule().tools,
    by: Annotated[str, typer.Option(help="The property that names the tool.")] = ToolRule().field,
    success: Annotated[str, typer.Option(help="What a use that succeeds fulfils.")] = ToolRule().success,
    followed_by: Annotated[str | None, typer.Option(help="Events that make a use before them a success.")] = None,
    hours: Annotated[float, typer.Option(help="For how long what follows counts.")] = 24,
    most: Annotated[int, typer.Option(help="So many next steps.", min=1, max=50)] = 3,
    start: Start = None,
    end: End = None,
    container: Of = "person",
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    png: Png = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Show which self-service tools work: use, success, and what people do next."""
    chosen = selection_of(start, end, container, segment, people, within)
    rule = ToolRule(uses, by, success, followed_by, int(hours * 3_600))
    found = ask(lambda journeys: journeys.tools(chosen, rule, most=most))
    draw(found, png, html)
    if wants_json():
        answer(named(found))
        return
    show_table(
        "Tools",
        ("tool", "uses", "people", "succeeded", "again", "next after success", "next after failure"),
        (
            (one.tool, one.uses, one.people, f"{one.success_rate:.1%}", one.again,
             *(", ".join(f"{step.step} {step.times:,}" for step in one.steps if step.succeeded is good)
               for good in (True, False)))
            for one in found.tools
        ),
    )  # fmt: skip


@journey.command()
def doers(
    events: Annotated[str | None, typer.Argument(help="Events: 'purchased where revenue > 50'; else any.")] = None,
    *,
    field: Annotated[str | None, typer.Option(help="A property that has a value there.")] = None,
    value: Annotated[str | None, typer.Option(help="Which value.")] = None,
    first: Annotated[int, typer.Option(help="List so many.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    start: Start = None,
    end: End = None,
    container: Of = "person",
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    as_json: Json = False,
) -> None:
    """List who did something: the people behind a channel, a content, a product or a tool."""
    chosen = selection_of(start, end, container, segment, people, within)
    page = ask(lambda journeys: journeys.doers(chosen, events, field=field, value=value, first=first, after=after))
    cursor = page.items[-1][1] if page.more else None
    if wants_json():
        answer({"people": [named(one) for one, _ in page.items], "next": cursor})
        return
    show_table(
        "Who did it",
        ("who", "times", "first", "last"),
        ((one.who, one.times, str(one.first_at), str(one.last_at)) for one, _ in page.items),
    )
    if cursor:
        answer(None, f"More: --after {cursor}")
