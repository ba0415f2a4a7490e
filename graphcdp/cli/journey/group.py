"""The Typer group that the commands about journeys hang on, the options all share, and how their answers are shown."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from graphcdp.base import InvalidInputError, Settings
from graphcdp.base.paging import Page
from graphcdp.cli.frame import Json, answer, app, console, named, run, say, settings, wants_json
from graphcdp.cli.identity.author import author
from graphcdp.cli.picture import Html, Png, draw
from graphcdp.cli.progress import watched
from graphcdp.journeys import Comparison, Container, Journeys, Selection
from graphcdp.journeys.columnar import Engine
from graphcdp.journeys.parts import MOST_PARTS
from graphcdp.journeys.publish import Cell, PeopleQuestion
from graphcdp.platform import Platform
from graphcdp.segments.audiences import Audience

journey = typer.Typer(
    name="journey",
    help="Journeys: what people did, across channels, and how often.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(journey)

_Got = TypeVar("_Got")
_Command = Callable[..., None]

Start = Annotated[str | None, typer.Option("--start", help="From this instant: 2026-01-01 or 2026-01-01T10:00:00Z.")]
End = Annotated[str | None, typer.Option("--end", help="Before this instant.")]
Of = Annotated[Container, typer.Option("--container", help="Whose events belong together: a person, or one cookie.")]
InSegment = Annotated[str | None, typer.Option("--segment", help="Only members of this segment.")]
People = Annotated[str | None, typer.Option("--people", help="Only people who fulfil this rule: 'profile.age > 30'.")]
Within = Annotated[str | None, typer.Option("--within", help="Only events that fulfil this: \"channel = 'web'\".")]
By = Annotated[
    Engine,
    typer.Option("--engine", help="Who answers: Neo4j, the columnar projection, or whichever is there and up to date."),
]
PartsBy = Annotated[
    str | None,
    typer.Option("--parts-by", help="Part by part: channel (any property), profile.<attribute>, segment."),
]
OtherRules = Annotated[
    Path | None,
    typer.Option("--identity-rules", help="People as this other identity rule set would have them.", dir_okay=False),
]
Against = Annotated[
    Path | None,
    typer.Option("--against", help="Also under this other identity rule set, with the difference.", dir_okay=False),
]
AgainstCookies = Annotated[bool, typer.Option("--against-cookies", help="Also on cookies, with the difference.")]
Publish = Annotated[
    str | None, typer.Option("--publish", help="Make a segment of this id of all the people listed, instead.")
]
Name = Annotated[str | None, typer.Option("--name", help="With `--publish`: its name for people.")]
Live = Annotated[
    bool, typer.Option("--live", help="With `--publish`: asked again every 15 minutes while graphcdp is served.")
]
MostParts = Annotated[int, typer.Option("--most-parts", help="So many parts at most.", min=1, max=MOST_PARTS)]


@dataclass(frozen=True, slots=True)
class Whose:
    """What the options say that all analyses share.

    Attributes:
        selection: whose events, and which.
        parts_by: the answer part by part; None: all together.
        most_parts: so many parts at most.
        against: another identity rule set, to compare with; None: none.
        against_cookies: compare with cookies.
        png, html: files to draw into.
        publish: the id of the segment that the people listed become; None: they are listed.
        name: of that segment, for people.
        live: whether it is asked for again by itself.
    """

    selection: Selection
    parts_by: str | None = None
    most_parts: int = 10
    against: Path | None = None
    against_cookies: bool = False
    png: Path | None = None
    html: Path | None = None
    publish: str | None = None
    name: str | None = None
    live: bool = False


def command(name: str | None = None, *, drawn: bool = True, people: bool = False) -> Callable[[_Command], _Command]:
    """Make a command of a function, whose parameter `whose` is what the options say that all analyses share.

    Args:
        name: of the command; None: the function's.
        drawn: whether its answer can be drawn and cut into parts.
        people: whether it lists people, who can be published.
    """

    def hang(function: _Command) -> _Command:
        own = _parameters(function)
        del own["whose"]
        selecting, showing = _parameters(selection_of), _parameters(_shown) if drawn else {}
        showing |= _parameters(_published) if people else {}

        def called(**given: Any) -> None:
            chosen = selection_of(**{each: given[each] for each in selecting})
            whose = Whose(chosen, **{each: given[each] for each in showing})
            function(**{each: given[each] for each in own}, whose=whose)

        every = [*own.values(), *selecting.values(), *showing.values(), *_parameters(_told).values()]
        called.__name__, called.__doc__ = function.__name__, function.__doc__
        called.__annotations__ = {each.name: each.annotation for each in every}
        vars(called)["__signature__"] = inspect.Signature(every)
        journey.command(name)(called)
        return function

    return hang


def selection_of(
    *,
    start: Start = None,
    end: End = None,
    container: Of = "person",
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    identity_rules: OtherRules = None,
    engine: By = "auto",
) -> Selection:
    """Return what the options select.

    Raises:
        InvalidInputError: a time or the file of rules cannot be read.
    """
    return Selection(
        start=_instant(start, "--start"),
        end=_instant(end, "--end"),
        container=container,
        segment=segment,
        people=people,
        within=within,
        identity_rules=rules_in(identity_rules, "--identity-rules"),
        engine=engine,
    )


def ask(question: Callable[[Journeys], Awaitable[_Got]]) -> _Got:
    """Put a question to the journeys of the platform."""
    got: _Got = run(_ask, settings(), lambda platform: question(platform.journeys))
    return got


def behind(  # noqa: PLR0917
    whose: Whose,
    cell: Cell,
    items: str,
    title: str,
    columns: Iterable[str],
    line: Callable[[Any], Iterable[Any]],
    first: int,
    after: str | None,
) -> None:
    """List the people behind a number, or make a segment of all of them.

    Args:
        whose: what the shared options say.
        cell: which number.
        items, title, columns, line: as of `show_page`.
        first, after: which of them are listed.
    """
    question = PeopleQuestion(cell, listed(whose))
    if whose.publish is not None:
        publish(whose.publish, question, whose.name, live=whose.live)
        return
    page = run(_ask, settings(), lambda platform: platform.publishing.people(question, first=first, after=after))
    show_page(page, items, title, columns, line)


def publish(id: str, question: PeopleQuestion, name: str | None, *, live: bool) -> None:
    """Make a segment of people behind a number, and say how many they are."""

    async def made(platform: Platform) -> Audience:
        await platform.publishing.publish(id, question, name=name, live=live, author=author(None).name)
        return await platform.publishing.audiences.get(id)

    told: Audience = run(_ask, settings(), made)
    answer(named(told), f"{told.people:,} are in {id}; it is a segment now, with the rule `in audience {id}`.")


async def _ask(chosen: Settings, question: Callable[[Platform], Awaitable[_Got]]) -> _Got:
    """Put a question; how far it is stands on standard error meanwhile, where a person sees it and nothing is piped."""
    quiet = wants_json() or not sys.stdout.isatty()
    async with Platform.open(chosen) as platform:
        with watched(Console(stderr=True), quiet=quiet) as tell:
            return await platform.journeys.watched(lambda: question(platform), tell)


def show(whose: Whose, question: Callable[[Journeys, Selection], Awaitable[Any]], table: Callable[[Any], None]) -> None:
    """Put a question, draw the answer where a file is named, and print it: as JSON, or as `table` does it.

    Args:
        whose: what the shared options say.
        question: asks for a selection.
        table: prints an answer for a person.
    """
    by = whose.parts_by
    if whose.publish is not None or whose.name is not None or whose.live:
        raise InvalidInputError(
            "People behind one number are published: say which by the option that lists them (see --help), and leave "
            "`--name` and `--live` to `--publish`.",
            field="--publish",
        )
    if whose.against is not None or whose.against_cookies:
        _show_both(whose, question)
        return
    if by is None:
        found = ask(lambda journeys: question(journeys, whose.selection))
        draw(found, whose.png, whose.html)
        if wants_json():
            answer(named(found))
        else:
            table(found)
        return
    parts = ask(
        lambda journeys: journeys.by_part(
            lambda part: question(journeys, part), by, whose.selection, most=whose.most_parts
        )
    )
    for number, one in enumerate(parts.shares, 1):
        draw(one.answer, *(file and file.with_stem(f"{file.stem}-{number}") for file in (whose.png, whose.html)))
    if wants_json():
        told = [
            {"value": one.part.value, "people": one.people, "events": one.events, "answer": named(one.answer)}
            for one in parts.shares
        ]
        answer({"by": by, "parts": told, "left_out": parts.left_out})
        return
    if not parts.shares:
        say(f"There are no parts by {by}: nobody who is selected has one.")
    for one in parts.shares:
        console().print(f"\n{by}: {one.part.label}, {one.people:,} people, {one.events:,} events", markup=False)
        table(one.answer)
    if parts.left_out:
        say(f"{parts.left_out:,} more values of {by} are left out: --most-parts.")


def _show_both(whose: Whose, question: Callable[[Journeys, Selection], Awaitable[Any]]) -> None:
    """Print the answer as people are and as the other one is, and draw the two side by side in two files."""
    if whose.parts_by is not None:
        raise InvalidInputError(
            "Compare one part after the other: narrow `--within` or `--people` instead of `--parts-by`.",
            field="parts_by",
        )
    found = ask(
        lambda journeys: journeys.compare(
            lambda selection: question(journeys, selection),
            whose.selection,
            identity_rules=rules_in(whose.against, "--against"),
            cookies=whose.against_cookies,
        )
    )
    for which, one in (("here", found.here), ("there", found.there)):
        draw(one, *(file and file.with_stem(f"{file.stem}-{which}") for file in (whose.png, whose.html)))
    show_comparison(found, f"As people are, and {'on cookies' if whose.against_cookies else f'under {whose.against}'}")


def listed(whose: Whose) -> Selection:
    """Return whose events a list of people is of.

    Raises:
        InvalidInputError: an option is given that asks for figures.
    """
    instead = {
        "--against": "People are listed under one rule set at a time: say `--identity-rules FILE`",
        "--against-cookies": "Cookies are listed by `--container cookie`",
        "--parts-by": "People are listed of one part at a time: narrow `--within`, `--people` or `--segment`",
        "--png": "A list is no picture",
        "--html": "A list is no picture",
    }
    given = (whose.against, whose.against_cookies, whose.parts_by, whose.png, whose.html)
    for (option, sentence), value in zip(instead.items(), given, strict=True):
        if value:
            raise InvalidInputError(f"{sentence}; leave out `{option}`, which is for figures.", field=option)
    return whose.selection


def rules_in(file: Path | None, option: str) -> str | None:
    """Return the text of a rule set's file, which `option` names.

    Raises:
        InvalidInputError: it cannot be read.
    """
    try:
        return None if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InvalidInputError(f"The rules {file} cannot be read: {told}. Check `{option}`.", field=option) from None


def show_comparison(found: Comparison[Any], title: str, figures: Sequence[str] = ()) -> None:
    """Print two answers figure by figure, and the difference.

    Args:
        found: both.
        title: of the table.
        figures: only these; none: all.
    """
    names, rows = found.rows()
    told = [one for one in rows if not figures or one.figure in figures]
    if wants_json():
        changed = {name: [str(one), str(other)] for name, (one, other) in found.changed.items()}
        answer({"keys": names, "changed": changed, "rows": [named(one) for one in told]})
        return
    show_table(
        title,
        (*names, "figure", "here", "there", "difference"),
        [(*one.at, one.figure, one.here, one.there, one.difference) for one in told],
    )


def show_page(
    page: Page[Any], items: str, title: str, columns: Iterable[str], line: Callable[[Any], Iterable[Any]]
) -> None:
    """Print a page of a list, and how the next one is asked for.

    Args:
        page: of it.
        items: what JSON calls them.
        title, columns: of the table for a person.
        line: makes its cells of an item.
    """
    cursor = page.items[-1][1] if page.more else None
    if wants_json():
        answer({items: [named(one) for one, _ in page.items], "next": cursor})
        return
    show_table(title, columns, [line(one) for one, _ in page.items])
    if cursor:
        answer(None, f"More: --after {cursor}")


def show_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]], *, wide: bool = False) -> None:
    """Print a table for a person; texts as they are, numbers to the right.

    Args:
        title, columns, rows: of it.
        wide: where the columns do not fit side by side, the first and as many others as do, and the rest in further
            tables below; else cells are broken.
    """
    names, given = list(columns), [list(row) for row in rows]
    lines = [[_cell(cell) for cell in row] for row in given]
    every = range(len(names))
    numbers = [bool(given) and all(isinstance(row[place], int | float | None) for row in given) for place in every]
    screen = console()
    for number, places in enumerate(_fitting(names, lines, screen.width) if wide else [list(every)]):
        table = Table(title=None if number else title, title_justify="left", title_style="bold")
        for place in places:
            table.add_column(names[place], justify="right" if numbers[place] else "left", overflow="fold")
        for line in lines:
            table.add_row(*(line[place] for place in places))
        screen.print(table)


def _fitting(names: Sequence[str], lines: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """Return which columns stand in which table, so that none is wider than the screen where that can be."""
    needed = [max(map(cell_len, (name, *(line[place] for line in lines)))) + 3 for place, name in enumerate(names)]
    found: list[list[int]] = []
    for place in range(1, len(names)):
        if not found or 1 + needed[0] + sum(needed[each] for each in (*found[-1][1:], place)) > width:
            found.append([0])
        found[-1].append(place)
    return found or [[0]]


def instant_text(at: datetime | None) -> str | None:
    """Return an instant to the second, as tables show it."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def percent(share: float | None) -> str:
    """Return a share as tables show it; `-` where there is none."""
    return "-" if share is None else f"{share:.1%}"


def _shown(
    *,
    parts_by: PartsBy = None,
    most_parts: MostParts = 10,
    against: Against = None,
    against_cookies: AgainstCookies = False,
    png: Png = None,
    html: Html = None,
) -> None:
    """Have the options of what can be drawn and cut into parts."""


def _published(*, publish: Publish = None, name: Name = None, live: Live = False) -> None:
    """Have the options of what lists people."""


def _told(*, as_json: Json = False) -> None:
    """Have the option that every command has."""


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function, eval_str=True).parameters)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("[", r"\[")


def _instant(text: str | None, option: str) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{option} `{text}` is no instant. Write 2026-01-01 or 2026-01-01T10:00:00Z.", field=option
        ) from None
