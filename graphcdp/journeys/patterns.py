"""Patterns of a journey: paths over a person's events, in the spirit of patterns of a graph, compiled to Cypher.

    (viewed product)->{1,5}(not purchase)->(call) within 2 days
    (viewed product)-->(purchased) in one session with gaps under 20 minutes

`->` goes to the next event of the selection, `->{1,5}` does so one to five times, each time to an event of that kind,
`-->` goes to any later event. `not` takes the events that are none of these, `()` takes any. The whole lies within a
window, both ends included, and spans at most 200 events; `in one session` lets no silence of 30 minutes, or what is
said, lie in it. A person has one match for each event that a match begins with: the one that ends soonest, and of those
the one whose last element but one ends soonest, and so on.

The text of the statement is put together from the fragments in this module; what a user wrote is always a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.journeys.choice import EventChoice, require, require_gap
from graphcdp.journeys.selection import EVERYTHING, Analysis, Chosen, Selection
from graphcdp.segments.rule.errors import RuleError

if TYPE_CHECKING:
    import pandas as pd

MOST_ELEMENTS, MOST_TIMES, MOST_SPAN, MOST_WINDOW_SECONDS, MOST_CHARACTERS = 12, 50, 200, 366 * 86_400, 4_000
WINDOW_SECONDS, GAP_SECONDS = 14 * 86_400, 1_800
_MOST_COUNTED = 20_000
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_PRESENT = {
    "view": "viewed", "click": "clicked", "add": "added", "remove": "removed", "start": "started", "buy": "bought",
    "open": "opened", "search": "searched", "log": "logged", "sign": "signed", "visit": "visited", "earn": "earned",
    "redeem": "redeemed", "install": "installed", "review": "reviewed", "see": "saw",
}  # fmt: skip
Branch = Tree[Token]


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a pattern.

    Attributes:
        events: which, as a person said it; empty: any.
        negated: the events that are none of these.
        low, high: how many such events one after another.
        later: other events may lie before it.
    """

    events: str
    negated: bool = False
    low: int = 1
    high: int = 1
    later: bool = False

    def __str__(self) -> str:
        return f"({'not ' if self.negated else ''}{self.events})"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path over a person's events.

    Attributes:
        elements: in order; the first is one event.
        window_seconds: from the first event to the last.
        session_gap_seconds: a match lies within one session, which a silence of so long ends; None: it need not.
    """

    elements: tuple[Element, ...]
    window_seconds: int = WINDOW_SECONDS
    session_gap_seconds: int | None = None

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a pattern.

        Raises:
            RuleError: it cannot be read; says where.
            InvalidInputError: it is larger than the limits.
        """
        require(
            len(text) <= MOST_CHARACTERS,
            f"The pattern has {len(text):,} characters; {MOST_CHARACTERS:,} are the most.",
            field="pattern",
            limit=MOST_CHARACTERS,
        )
        try:
            tree = _grammar().parse(text)
        except UnexpectedInput as error:
            token = getattr(error, "token", None)
            at_end = token is not None and token.type == "$END"
            line, column = (1, len(text) + 1) if at_end else (error.line, error.column)
            raise RuleError(
                "The pattern cannot be read here. Write events in brackets with arrows between them, such as "
                "(viewed product)->{1,5}(not purchase)->(call) within 2 days.",
                line,
                column,
            ) from None
        return _read(tree, text)

    def elements_data(self, now: datetime) -> list[dict[str, Any]]:
        """Return its elements as `custom.graphcdp.journey.pattern` takes them, which Neo4j Browser can call.

        Raises:
            RuleError: the events cannot be read.
        """
        return [
            {
                **read_events(one, now).data(),
                "negated": one.negated, "low": one.low, "high": one.high, "later": one.later,
            }
            for one in self.elements
        ]  # fmt: skip

    def __str__(self) -> str:
        """The pattern in its canonical text."""
        said = "".join(_arrow(one) + str(one) if place else str(one) for place, one in enumerate(self.elements))
        said += f" within {_length(self.window_seconds)}"
        match self.session_gap_seconds:
            case None:
                return said
            case gap if gap == GAP_SECONDS:
                return f"{said} in one session"
            case gap:
                return f"{said} in one session with gaps under {_length(gap)}"


def _length(seconds: int) -> str:
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


_UNITS = tuple(reversed(_SECONDS.items()))


class CompiledPattern(NamedTuple):
    """A pattern as Cypher: the text, its parameters, and what it begins with, for people."""

    text: str
    parameters: dict[str, Any]
    begins_with: str


@dataclass(frozen=True, slots=True)
class PatternFound:
    """How many people a pattern finds.

    Attributes:
        pattern: in its canonical text.
        people: how many.
        matches: how many events begin a match.
        sessions: in how many sessions there is one; None where a match need not lie in one.
        compiled: the statement that found them.
        rules: what it was computed under.
    """

    pattern: str
    people: int
    matches: int
    sessions: int | None
    compiled: CompiledPattern = field(repr=False)
    rules: Mapping[str, Any] = field(repr=False)

    def frame(self) -> pd.DataFrame:
        """Return one row: `people`, `matches` and `sessions`, by the pattern."""
        import pandas as pd

        index = pd.Index([self.pattern], name="pattern")
        columns = ["people", "matches", "sessions"]
        return pd.DataFrame([[self.people, self.matches, self.sessions]], columns=columns, index=index)


@dataclass(frozen=True, slots=True)
class PatternPerson:
    """A person who did what a pattern says, with the first match.

    Attributes:
        who: the profile's id, or the key of an identity where cookies are looked at.
        profile_id: whose.
        matches: how many events begin a match.
        event_ids, times, types: of the events of the first one, in order.
    """

    who: str
    profile_id: str
    matches: int
    event_ids: tuple[str, ...]
    times: tuple[datetime, ...]
    types: tuple[str, ...]


class PatternAnalysis(Analysis):
    """Who did what a pattern says."""

    async def pattern(self, pattern: str, selection: Selection = EVERYTHING) -> PatternFound:
        """Count the people who did what a pattern says.

        Args:
            pattern: such as `(viewed product)->{1,5}(not purchase)->(call) within 2 days`.
            selection: whose events, and which: `next` is the next of these.

        Raises:
            RuleError: the pattern or its events cannot be read.
            InvalidInputError: it is larger than the limits.
        """
        read, chosen, compiled = await self._compiled(pattern, selection, count=True)
        (row,) = await self._graph.read_text(compiled.text, compiled.parameters)
        rules = {
            "pattern": str(read), "window_seconds": read.window_seconds,
            "session_gap_seconds": read.session_gap_seconds, "order": "(ts, event id)",
            "most_events": MOST_SPAN, "begins_with": compiled.begins_with, **chosen.rules,
        }  # fmt: skip
        sessions = None if read.session_gap_seconds is None else row["sessions"]
        return PatternFound(str(read), row["people"], row["matches"], sessions, compiled, rules)

    async def pattern_people(
        self, pattern: str, selection: Selection = EVERYTHING, *, first: int = 100, after: str | None = None
    ) -> Page[PatternPerson]:
        """Return the people who did what a pattern says, by `who`, each with the first match.

        Args:
            pattern, selection: as for `pattern`.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            RuleError: the pattern or its events cannot be read.
            InvalidInputError: it is larger than the limits, or the cursor is none.
        """
        _, _, compiled = await self._compiled(pattern, selection, count=False)
        rows = await self._graph.read_text(
            compiled.text, {**compiled.parameters, "after_who": read_id_cursor(after), "page_size": first + 1}
        )
        found = [
            PatternPerson(
                row["who"], row["profile_id"], row["matches"], *(tuple(row[name]) for name in ("ids", "times", "types"))
            )
            for row in rows[:first]
        ]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)

    async def _compiled(
        self, text: str, selection: Selection, *, count: bool
    ) -> tuple[Pattern, Chosen, CompiledPattern]:
        pattern = Pattern.parse(text)
        chosen = await self.chosen(selection, alone="patterns")
        choices = [read_events(one, chosen.now) for one in pattern.elements]
        sure = {kind for one, choice in _sure(pattern, choices) for kind in choice.types or ()}
        counts = dict(await self._graph.read_rows("segments.count_types", types=sorted(sure), most=_MOST_COUNTED))
        return pattern, chosen, compile_pattern(pattern, choices, chosen.inputs, counts, count=count)


def read_events(element: Element, now: datetime) -> EventChoice:
    """Read which events an element means; `view product` is `viewed product`.

    Raises:
        RuleError: they cannot be read.
    """
    said = element.events or "any event"
    try:
        return EventChoice.read(said, now)
    except RuleError:
        word, _, rest = said.partition(" ")
        if word.lower() not in _PRESENT:
            raise
        return EventChoice.read(f"{_PRESENT[word.lower()]} {rest}", now)


def compile_pattern(
    pattern: Pattern,
    choices: Sequence[EventChoice],
    inputs: Mapping[str, Any],
    counts: Mapping[str, int] | None = None,
    *,
    count: bool,
) -> CompiledPattern:
    """Compile a pattern.

    Args:
        pattern: it.
        choices: which events each element means.
        inputs: of the selection.
        counts: how many events of each type there are, to begin with the rarest.
        count: the people are counted; else they are told, a page behind `$after_who`.
    """
    others = bool(inputs.get("others"))
    parameters: dict[str, Any] = {
        **inputs, "choices": [choice.data() for choice in choices], "span": pattern.window_seconds * 1_000_000,
    }  # fmt: skip
    parameters.setdefault("others", {})
    anchor = min(
        (choice.types for _, choice in _sure(pattern, choices)),
        key=lambda types: sum((counts or {}).get(kind, 0) for kind in types or ()),
        default=None,
    )
    begin = _EVERYBODY
    if anchor is not None and not others:  # under other rules, someone's events may hang on somebody else
        parameters["anchor_types"] = list(anchor)
        begin = _ANCHORED
    unbroken, end, sessions = "", _SPAN_END, "count(null)"
    if pattern.session_gap_seconds is not None:
        parameters["gap"] = pattern.session_gap_seconds * 1_000_000
        unbroken, end, sessions = _UNBROKEN, _SESSION_END, _SESSIONS
    stages = [
        _STEP_LATER.replace("<end>", end) if one.later else _STEP_NEXT.replace("<unbroken>", unbroken)
        for one in pattern.elements
    ]
    lines = [begin, _GATHER]
    for place, (one, stage) in enumerate(zip(pattern.elements, stages, strict=True)):
        if place == 0:
            lines.append(_FIRST.replace("<fits>", _fits(one, 0, "place")))
            continue
        parameters[f"low{place}"], parameters[f"high{place}"] = one.low, one.high
        lines.append(stage.replace("<fits>", _fits(one, place, "step")).replace("<nr>", str(place)))
    lines += [_FOUND, _COUNT.replace("<sessions>", sessions) if count else _PEOPLE]
    parameters["most_span"] = MOST_SPAN
    return CompiledPattern("\n".join(lines), parameters, f"{' or '.join(anchor)} events" if anchor else "profiles")


def _sure(pattern: Pattern, choices: Sequence[EventChoice]) -> list[tuple[Element, EventChoice]]:
    """Return the elements without which there is no match, and of which the types are known."""
    return [
        (one, choice)
        for one, choice in zip(pattern.elements, choices, strict=True)
        if not one.negated and one.low > 0 and choice.types
    ]


def _fits(one: Element, place: int, index: str) -> str:
    return f"{'NOT ' if one.negated else ''}{place} IN fits[{index}]"


_EVERYBODY = """CALL () {
  UNWIND CASE WHEN $segment IS NULL AND $ids IS NULL THEN [1] ELSE [] END AS everyone
  MATCH (person:Profile)
  RETURN person
  UNION ALL
  UNWIND CASE WHEN $ids IS NULL AND $segment IS NOT NULL THEN [$segment] ELSE [] END AS wanted
  MATCH (:Segment {id: wanted})<-[:MEMBER_OF]-(person:Profile)
  RETURN person
  UNION ALL
  UNWIND coalesce($ids, []) AS wanted
  MATCH (person:Profile {id: wanted})
  WHERE $segment IS NULL OR EXISTS { (person)-[:MEMBER_OF]->(:Segment {id: $segment}) }
  RETURN person
}"""
_ANCHORED = """MATCH (anchor:Event)
WHERE anchor.type IN $anchor_types
  AND ($start_at IS NULL OR anchor.ts >= $start_at) AND ($end_at IS NULL OR anchor.ts < $end_at)
MATCH (anchor)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
WITH DISTINCT person
WHERE ($ids IS NULL OR person.id IN $ids)
  AND ($segment IS NULL OR EXISTS { (person)-[:MEMBER_OF]->(:Segment {id: $segment}) })"""
_TEST = """coalesce(atom.holds, true) = any(it IN [CASE atom.of WHEN 'device'
  THEN head(COLLECT { MATCH (event)-[:ON]->(device:Device) RETURN device }) ELSE event END]
  WHERE coalesce(CASE atom.op
        WHEN '=' THEN it[atom.field] = atom.value
        WHEN '!=' THEN it[atom.field] <> atom.value
          AND (it[atom.field] IS :: STRING) = (atom.value IS :: STRING)
          AND (it[atom.field] IS :: BOOLEAN) = (atom.value IS :: BOOLEAN)
          AND (it[atom.field] IS :: ZONED DATETIME) = (atom.value IS :: ZONED DATETIME)
        WHEN '<' THEN it[atom.field] < atom.value
        WHEN '<=' THEN it[atom.field] <= atom.value
        WHEN '>' THEN it[atom.field] > atom.value
        WHEN '>=' THEN it[atom.field] >= atom.value
        WHEN 'in' THEN it[atom.field] IN atom.value
        WHEN 'not in' THEN NOT it[atom.field] IN atom.value
        WHEN 'contains' THEN it[atom.field] CONTAINS atom.value
        WHEN 'starts with' THEN it[atom.field] STARTS WITH atom.value
        WHEN 'ends with' THEN it[atom.field] ENDS WITH atom.value
        WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))"""
_GATHER = f"""MATCH (person)-[:HAS_IDENTITY]->(identity:Identity)
WITH CASE $container WHEN 'cookie' THEN identity.key ELSE coalesce($others[identity.key], person.id) END AS who,
     max(person.id) AS profile, collect(identity) AS identities
CALL (identities) {{
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($within IS NULL OR (
      ($within.types IS NULL OR event.type IN $within.types)
      AND ($within.where IS NULL OR any(option IN $within.where WHERE all(atom IN option WHERE
        {_TEST})))))
  WITH event.id AS id, event.type AS type, event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at,
    [nr IN range(0, size($choices) - 1) WHERE
      ($choices[nr].types IS NULL OR event.type IN $choices[nr].types)
      AND ($choices[nr].where IS NULL OR any(option IN $choices[nr].where WHERE all(atom IN option WHERE
        {_TEST})))] AS fit
  ORDER BY at, id
  RETURN collect(at) AS times, collect(id) AS ids, collect(type) AS types, collect(fit) AS fits
}}
CALL (times, fits) {{"""
_FIRST = """  UNWIND range(0, size(times) - 1) AS place
  WITH place WHERE <fits>
  WITH place AS began, place AS last, [place] AS path"""
_STEP_NEXT = """  WITH began, last, path, [step IN range(last + 1, last + $high<nr>)
    WHERE step - began < $most_span AND times[step] - times[began] <= $span<unbroken> AND <fits> | step] AS steps
  UNWIND range($low<nr>, size([at IN range(0, size(steps) - 1) WHERE steps[at] = last + 1 + at])) AS many
  WITH began, last + many AS reached, min([last, path + [more IN range(1, many) | last + more]]) AS best
  WITH began, reached AS last, best[1] AS path"""
_STEP_LATER = """  WITH began, min([last, path]) AS best
  UNWIND [step IN range(best[0] + 1, <end>)
    WHERE times[step] - times[began] <= $span AND <fits>] AS step
  WITH began, step AS last, best[1] + step AS path"""
_FOUND = """  WITH began, min([last, path])[1] AS path
  WITH path ORDER BY path[0]
  RETURN count(path) AS matches, collect(path)[0] AS path, collect(path[0]) AS begun
}
WITH who, profile, ids, types, times, matches, path, begun WHERE matches > 0"""
_UNBROKEN = " AND times[step] - times[step - 1] < $gap"
_SPAN_END = "began + $most_span - 1"
_SESSION_END = """coalesce(
    [each IN range(best[0] + 1, began + $most_span - 1) WHERE times[each] - times[each - 1] >= $gap][0],
    began + $most_span) - 1"""
# a match begins another session than the one before it where a silence lies between
_SESSIONS = """sum(size([nr IN range(0, size(begun) - 1) WHERE nr = 0
    OR any(each IN range(begun[nr - 1] + 1, begun[nr]) WHERE times[each] - times[each - 1] >= $gap)]))"""
_COUNT = "RETURN count(*) AS people, coalesce(sum(matches), 0) AS matches, <sessions> AS sessions"
_PEOPLE = """WITH who, profile, ids, types, times, matches, path
WHERE $after_who IS NULL OR who > $after_who
WITH who, profile, ids, types, times, matches, path ORDER BY who LIMIT $page_size
RETURN who, profile AS profile_id, matches, [place IN path | ids[place]] AS ids,
       [place IN path | datetime({epochSeconds: times[place] / 1000000, nanosecond: times[place] % 1000000 * 1000})]
         AS times,
       [place IN path | types[place]] AS types
ORDER BY who"""

# -- reading


@cache
def _grammar() -> Lark:
    text = files(__package__).joinpath("pattern.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _read(tree: Branch, text: str) -> Pattern:
    elements: list[Element] = []
    window, gap = WINDOW_SECONDS, None
    for branch in tree.children:
        assert isinstance(branch, Tree)  # noqa: S101  of the grammar
        if branch.data == "within":
            window = _seconds(branch)
        elif branch.data == "session":
            gap = _seconds(branch) if branch.children else GAP_SECONDS
        elif branch.data == "element":
            elements.append(_element(branch, text))
        else:
            arrow, inside = branch.children
            assert isinstance(arrow, Tree) and isinstance(inside, Tree)  # noqa: S101  of the grammar
            low, high, later = _times(arrow)
            said = _element(inside, text)
            elements.append(Element(said.events, said.negated, low, high, later))
    require(
        len(elements) <= MOST_ELEMENTS,
        f"The pattern has {len(elements)} elements; {MOST_ELEMENTS} are the most.",
        field="pattern",
        limit=MOST_ELEMENTS,
    )
    require(
        0 < window <= MOST_WINDOW_SECONDS,
        "The pattern lies within 1 second to 366 days.",
        field="pattern",
        limit=MOST_WINDOW_SECONDS,
    )
    require_gap(gap)
    for one in elements:
        require(
            one.low <= one.high <= MOST_TIMES and one.high > 0,
            f"`{{{one.low},{one.high}}}` goes from fewer to more, and at most {MOST_TIMES} times.",
            field="pattern",
            limit=MOST_TIMES,
        )
    return Pattern(tuple(elements), window, gap)


def _seconds(branch: Branch) -> int:
    count, unit = (str(part) for part in branch.children)
    return int(count) * _SECONDS[unit.lower().removesuffix("s")]


def _element(branch: Branch, text: str) -> Element:
    said = " ".join(text[branch.meta.start_pos + 1 : branch.meta.end_pos - 1].split())
    word, _, rest = said.partition(" ")
    return Element(rest.strip(), True) if word.lower() == "not" else Element(said)


def _times(arrow: Branch) -> tuple[int, int, bool]:
    """Return how often at least and at most, and whether other events may lie between."""
    sign, *quantity = arrow.children
    if not quantity:
        return 1, 1, str(sign) == "-->"
    told = quantity[0]
    assert isinstance(told, Tree)  # noqa: S101  of the grammar
    numbers = [int(str(part)) for part in told.children]
    match told.data:
        case "maybe":
            return 0, 1, False
        case "exactly":
            return numbers[0], numbers[0], False
        case "at_least":
            return numbers[0], MOST_TIMES, False
        case _:
            return numbers[0], numbers[1], False


def _arrow(one: Element) -> str:
    if one.later:
        return "-->"
    if (one.low, one.high) == (1, 1):
        return "->"
    return f"->{{{one.low}}}" if one.low == one.high else f"->{{{one.low},{one.high}}}"
