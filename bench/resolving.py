"""What identity decides beyond the usual: late events, a value on very many cookies, everybody under other rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from time import perf_counter

from bench.events import RULES, YEAR_START
from bench.measure import Measurement, Samples
from bench.simulating import COOKIES_A_PERSON, logins
from bench.writing import BATCH, SECRET, empty, take
from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity.other_rules.apply import Applying
from graphcdp.identity.rules.files import parse_rules
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.model import Fact, IdentityKey

SHARED_BY = 8
CROWD = 10_000
LATE = 20

Tell = Callable[[str], None]


async def measure(graph: Graph, identities: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure all three; the graph is emptied before each.

    Args:
        graph: migrated.
        identities: about how many for deciding everybody anew.
        repeat: how often the others are measured.
        tell: takes progress.
    """
    return [
        await _late(graph, repeat, tell),
        await _crowd(graph, repeat, tell),
        await _anew(graph, identities, tell),
    ]


async def _fresh(graph: Graph) -> Pipeline:
    await empty(graph)
    book = RuleBook(graph, clock := SystemClock())
    await book.adopt(parse_rules(RULES, "bench/events.py"))
    return Pipeline(graph, clock, book, SECRET)


async def _late(graph: Graph, repeat: int, tell: Tell) -> Measurement:
    """An event of yesterday, in a region of people who share browsers, which is so decided anew from its events."""
    late: list[float] = []
    punctual: list[float] = []
    pipeline = await _fresh(graph)
    for run in range(repeat + 1):  # the first one warms up
        people = [f"r{run}p{number}" for number in range(SHARED_BY)]
        day = YEAR_START + timedelta(days=run)
        story = [
            _login(person, f"r{run}c{(place + step) % SHARED_BY}", day + timedelta(minutes=SHARED_BY * step + place))
            for step in range(2)
            for place, person in enumerate(people)
        ]
        await take(pipeline, story)
        taken: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * LATE):
            is_late = bool(number % 2)
            minutes = number / 1_000 + (SHARED_BY if is_late else 3 * SHARED_BY)
            one = _login(people[number % SHARED_BY], f"r{run}c{number % SHARED_BY}", day + timedelta(minutes=minutes))
            began = perf_counter()
            await pipeline.ingest([one])
            taken[is_late].append((perf_counter() - began) * 1_000)
        late.append(sorted(taken[True])[LATE // 2])
        punctual.append(sorted(taken[False])[LATE // 2])
        tell(f"late events {run}/{repeat}: {late[-1]:.1f} ms each, punctual {punctual[-1]:.1f} ms")
    return Measurement(
        "late_event",
        "a login that arrives late",
        f"{SHARED_BY} people who share {SHARED_BY} browsers, one event a batch, medians of {LATE}",
        Samples("a late login", "ms", late[1:]),
        Samples("one in order, same people", "ms", punctual[1:]),
        better="less",
        note="what it changes is decided anew from the evidence of the whole region",
    )


async def _crowd(graph: Graph, repeat: int, tell: Tell) -> Measurement:
    """One address on very many cookies: a hub, which is found and set apart on the way."""
    crowd: list[float] = []
    others: list[float] = []
    for run in range(repeat + 1):
        for taken, one_address in ((crowd, True), (others, False)):
            pipeline = await _fresh(graph)
            facts = [
                _login("crowd" if one_address else f"p{number}", f"c{number}", YEAR_START + timedelta(seconds=number))
                for number in range(CROWD)
            ]
            taken.append(await take(pipeline, facts, BATCH) / CROWD * 1e6)
        tell(f"a value on {CROWD:,} cookies {run}/{repeat}: {crowd[-1]:,.0f} µs an event, usual {others[-1]:,.0f} µs")
    found = await graph.read_text("MATCH (one:Identity) WHERE one.hub IS NOT NULL RETURN count(*) AS hubs")
    assert found[0]["hubs"] == 0, "the last graph is the usual one"
    return Measurement(
        "hub",
        f"logins of one address on {CROWD:,} cookies",
        f"{CROWD:,} events, batches of {BATCH:,}",
        Samples("an event", "µs", crowd[1:]),
        Samples(f"{CROWD:,} addresses on a cookie each", "µs", others[1:]),
        better="less",
        note="the address becomes a hub when it is met with more than 500 others; it joins nobody",
    )


async def _anew(graph: Graph, identities: int, tell: Tell) -> Measurement:
    """Everybody decided anew under other rules, while the system could go on."""
    pipeline = await _fresh(graph)
    coming: Iterator[Fact] = logins(identities // (COOKIES_A_PERSON + 2))
    while part := list(islice(coming, 20 * BATCH)):
        await take(pipeline, part)
    there = (await graph.read_text("MATCH (one:Identity) RETURN count(*) AS identities"))[0]["identities"]
    clock = SystemClock()
    began = perf_counter()
    report = await Applying(graph, clock, RuleBook(graph, clock)).apply(
        parse_rules(RULES.replace("last_login", "first_owner"), "first_owner")
    )
    seconds = perf_counter() - began
    tell(f"everybody anew: {seconds:,.1f} s for {there:,} identities")
    assert report.profiles_changed, "nothing changed, so nothing was measured"
    return Measurement(
        "resolve_everybody",
        "everybody decided anew, `last_login` to `first_owner`, written",
        f"{there:,} identities, {report.profiles:,} profiles",
        Samples("the whole application", "s", [seconds]),
        better="less",
        note=f"{there / seconds:,.0f} identities a second; {report.regions:,} regions were replayed,"
        f" {report.profiles_changed:,} profiles changed",
    )


def _login(person: str, cookie: str, when: datetime) -> Fact:
    return Fact(
        id=f"{person}-{cookie}-{when.timestamp()}",
        ts=when,
        source="bench",
        dataset="logins",
        identities=(IdentityKey("email", f"{person}@shop.example"), IdentityKey("ecid", cookie)),
        type="login",
        channel="web",
        payload="{}",
    )
