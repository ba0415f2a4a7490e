"""`journey attribution`: what conversions are owed to, by one model or by all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from graphcdp.base import InvalidInputError
from graphcdp.cli.frame import answer, named, say, wants_json
from graphcdp.cli.journey.group import Whose, ask, command, instant_text, show, show_table
from graphcdp.cli.journey.group import behind as list_behind
from graphcdp.cli.picture import draw
from graphcdp.journeys.attribution import AttributionRule, Model, ModelComparison
from graphcdp.journeys.credit import Transform, Weights
from graphcdp.journeys.publish import CreditCell


@command(people=True)
def attribution(
    *,
    model: Annotated[Model, typer.Option(help="How a conversion is shared.")] = "last",
    conversions: Annotated[str, typer.Option(help="Events: 'purchased where revenue > 50'.")] = "purchased",
    by: Annotated[str, typer.Option(help="A property of touches: channel, campaign, content, …")] = "channel",
    touches: Annotated[str | None, typer.Option(help="Events that are touches; all else by default.")] = None,
    lookback_days: Annotated[float, typer.Option(help="How old a touch may be.")] = 30,
    value: Annotated[str | None, typer.Option(help="A property to share, such as revenue; else 1 each.")] = None,
    transform: Annotated[Transform, typer.Option(help="What becomes of a path first.")] = "all",
    half_life_days: Annotated[float, typer.Option(help="Of time_decay.")] = 7,
    custom: Annotated[str, typer.Option(help="Weights of first,middle,last for custom.")] = "0.4,0.2,0.4",
    direct: Annotated[list[str] | None, typer.Option(help="A value that nobody brought about; repeatable.")] = None,
    gap: Annotated[int | None, typer.Option(help="Touches count in their own session: seconds of silence.")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="All models, on people and on cookies.")] = False,
    top: Annotated[int, typer.Option(help="With `--compare`: so many labels; the others are summed.", min=1)] = 20,
    behind: Annotated[str | None, typer.Option(help="List the conversions behind this label instead.")] = None,
    first: Annotated[int, typer.Option(help="List so many of them.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    whose: Whose,
) -> None:
    """Say which channels, campaigns or contents the conversions are owed to."""
    rule = AttributionRule(
        conversions=conversions, dimension=by, touches=touches, lookback_seconds=int(lookback_days * 86_400),
        value=value, transform=transform, half_life_seconds=int(half_life_days * 86_400), custom=_weights(custom),
        session_gap_seconds=gap, **({"direct": tuple(direct)} if direct else {}),
    )  # fmt: skip
    if compare:
        if whose.against is not None or whose.against_cookies or whose.parts_by is not None:
            raise InvalidInputError(
                "`--compare` sets all models and cookies side by side already: leave out `--against`, "
                "`--against-cookies` and `--parts-by`, or `--compare`.",
                field="--compare",
            )
        both = ask(lambda journeys: journeys.compare_attribution(whose.selection, rule))
        draw(both, whose.png, whose.html)
        if wants_json():
            answer({"attributions": [named(one) for one in both.attributions.values()], "rules": dict(both.rules)})
            return
        _show_models(both, by, "value" if value else "conversions", top)
        return
    if behind is not None:
        list_behind(
            whose,
            CreditCell(behind, rule, model),
            "conversions",
            f"Conversions behind {behind}",
            ("who", "at", "value", "share", "path"),
            lambda one: (one.who, instant_text(one.at), one.value, one.share, " > ".join(one.path)),
            first,
            after,
        )
        return
    show(
        whose,
        lambda journeys, selection: journeys.attribution(selection, rule, model),
        lambda found: show_table(
            f"Attribution, {model}: {found.conversions:,} conversions, value {found.value:,.2f}",
            (by, "conversions", "value", "touches", "people", *([] if gap is None else ["sessions"])),
            (
                (
                    one.label,
                    one.conversions,
                    one.value,
                    one.touches,
                    one.people,
                    *([] if gap is None else [one.sessions]),
                )
                for one in found.credits
            ),
        ),
    )


def _show_models(both: ModelComparison, by: str, of: Literal["conversions", "value"], top: int) -> None:
    """Print a row a label and a column a model, of people's touches and below of cookies'.

    Args:
        both: all models, of people and of cookies.
        by: what the labels are.
        of: which figure.
        top: so many labels, first those to which the models give most on people's touches; one more row sums the
            others.
    """
    frame = both.frame(of)
    order = sorted(frame.index, key=lambda label: (-float(frame.loc[label, "person"].sum()), label))
    shown, others = order[:top], order[top:]
    rest = f"({len(others):,} more)"
    for container, whose in (("person", "people's"), ("cookie", "cookies'")):
        part = frame[container]
        rows: list[tuple[Any, ...]] = [(label, *part.loc[label].tolist()) for label in shown]
        if others:
            rows.append((rest, *(float(part.loc[others, one].sum()) for one in part.columns)))
        show_table(
            f"Attribution by {whose} touches: {of}", (by, *(str(model) for model in part.columns)), rows, wide=True
        )
    if others:
        say(f"`{rest}` sums the labels to which the models give least: --top shows more.")


def _weights(text: str) -> Weights:
    try:
        first, middle, last = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter("Write three numbers, such as 0.4,0.2,0.4.", param_hint="--custom") from None
    return Weights(first, middle, last)
