"""`journey channels`, `popular`, `tools` and `doers`."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.cli.journey.group import Whose, behind, command, instant_text, show, show_table
from graphcdp.journeys.channels import ChannelRule, Channels
from graphcdp.journeys.deflection import Period
from graphcdp.journeys.publish import DoersCell
from graphcdp.journeys.retention import Count
from graphcdp.journeys.tools import ToolRule

Gap = Annotated[int, typer.Option("--gap", help="Seconds of silence that end a session.")]
Which = Annotated[str | None, typer.Option("--events", help="Which events count: 'viewed product'; else any.")]


@command()
def channels(
    *,
    conversions: Annotated[str, typer.Option(help="Events that are conversions.")] = "purchased",
    by: Annotated[str, typer.Option(help="A property: channel, source, campaign, …")] = "channel",
    value: Annotated[str, typer.Option(help="A property of conversions to sum up.")] = "revenue",
    lookback_days: Annotated[float, typer.Option(help="How old an event may be that assists.")] = 30,
    most: Annotated[int, typer.Option(help="So many sets of the overlap.", min=1, max=1_000)] = 20,
    whose: Whose,
) -> None:
    """Show engagement and conversion by channel, and which channels people use together."""
    rule = ChannelRule(conversions, by, value, int(lookback_days * 86_400))
    show(
        whose,
        lambda journeys, selection: journeys.channels(selection, rule, most=most),
        lambda found: _both(by, found),
    )


def _both(by: str, found: Channels) -> None:
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


@command()
def popular(
    of: Annotated[str, typer.Argument(help="content, product, category, page, query, campaign, …")] = "content",
    *,
    events: Which = None,
    split: Annotated[str | None, typer.Option(help="`channel`, another property, or `segment`.")] = None,
    period: Annotated[Period | None, typer.Option(help="Rank each.")] = None,
    time_zone: Annotated[str, typer.Option(help="Whose days these are.")] = "UTC",
    most: Annotated[int, typer.Option(help="Of each period and part.", min=1, max=200)] = 20,
    count: Annotated[Count, typer.Option(help="What the most popular have most of.")] = "events",
    gap: Gap = 1_800,
    whose: Whose,
) -> None:
    """Show the most viewed contents, the most popular products or categories."""
    show(
        whose,
        lambda journeys, selection: journeys.popular(
            selection, of, events, split=split, period=period, time_zone=time_zone, most=most, count=count,
            gap_seconds=gap,
        ),
        lambda found: show_table(
            f"Popular: {of}",
            ("since", split or "part", "rank", of, "title", "times", "people", "sessions", "share"),
            (
                (one.since, one.part, one.rank, one.value, one.title, one.times, one.people, one.sessions,
                 f"{one.share:.1%}")
                for one in found.rows
            ),
        ),
    )  # fmt: skip


@command()
def tools(
    *,
    uses: Annotated[str, typer.Option(help="Events that are uses of tools.")] = ToolRule().tools,
    by: Annotated[str, typer.Option(help="The property that names the tool.")] = ToolRule().field,
    success: Annotated[str, typer.Option(help="What a use that succeeds fulfils.")] = ToolRule().success,
    followed_by: Annotated[str | None, typer.Option(help="Events that make a use before them a success.")] = None,
    hours: Annotated[float, typer.Option(help="For how long what follows counts.")] = 24,
    most: Annotated[int, typer.Option(help="So many next steps.", min=1, max=50)] = 3,
    gap: Gap = 1_800,
    whose: Whose,
) -> None:
    """Show which self-service tools work: use, success, and what people do next."""
    rule = ToolRule(uses, by, success, followed_by, int(hours * 3_600), gap)
    show(
        whose,
        lambda journeys, selection: journeys.tools(selection, rule, most=most),
        lambda found: show_table(
            "Tools",
            ("tool", "uses", "people", "sessions", "succeeded", "solved", "again", "next after success",
             "next after failure"),
            (
                (one.tool, one.uses, one.people, one.sessions, f"{one.success_rate:.1%}",
                 f"{one.solved_rate:.1%}", one.again,
                 *("\n".join(f"{step.step} {step.times:,}" for step in one.steps if step.succeeded is good)
                   for good in (True, False)))
                for one in found.tools
            ),
        ),
    )  # fmt: skip


@command(drawn=False, people=True)
def doers(
    events: Annotated[str | None, typer.Argument(help="Events: 'purchased where revenue > 50'; else any.")] = None,
    *,
    field: Annotated[str | None, typer.Option(help="A property that has a value there.")] = None,
    value: Annotated[str | None, typer.Option(help="Which value.")] = None,
    first: Annotated[int, typer.Option(help="List so many.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    whose: Whose,
) -> None:
    """List who did something: the people behind a channel, a content, a product or a tool."""
    behind(
        whose,
        DoersCell(events, field, value),
        "people",
        "Who did it",
        ("who", "times", "first", "last"),
        lambda one: (one.who, one.times, instant_text(one.first_at), instant_text(one.last_at)),
        first,
        after,
    )
