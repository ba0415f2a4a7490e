"""Trying other identity rules on a graph of many identities."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from time import perf_counter

from bench.events import RULES, SHARED, YEAR_START
from bench.measure import Measurement, Samples
from bench.writing import BATCH, SECRET, empty, take
from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import Simulations
from graphcdp.identity.rules.files import parse_rules
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.model import Fact, IdentityKey

COOKIES_A_PERSON = 5
POLICIES = ("first_owner", "nobody")
Tell = Callable[[str], None]


async def measure(graph: Graph, identities: int, tell: Tell) -> list[Measurement]:
    """Fill the graph with so many identities and simulate other policies on it; the graph is emptied first.

    Args:
        graph: migrated.
        identities: about how many.
        tell: takes progress.
    """
    await empty(graph)
    clock = SystemClock()
    book = RuleBook(graph, clock)
    await book.adopt(parse_rules(RULES, "bench/events.py"))
    pipeline = Pipeline(graph, clock, book, SECRET)
    coming, events, seconds = logins(identities // (COOKIES_A_PERSON + 2)), 0, 0.0
    while part := list(islice(coming, 20 * BATCH)):
        seconds += await take(pipeline, part)
        events += len(part)
        tell(f"simulating: {events:,} logins are there after {seconds:,.0f} s")
    simulations = Simulations(graph, clock, book, pipeline.profile_id)
    found = []
    for policy in POLICIES:
        other = parse_rules(RULES.replace("last_login", policy), policy)
        began, longest, last = perf_counter(), 0.0, perf_counter()
        task = asyncio.create_task(simulations.simulate(other))
        while not task.done():  # how long do others wait meanwhile?
            await asyncio.sleep(0.05)
            longest, last = max(longest, perf_counter() - last - 0.05), perf_counter()
        report = await task
        taken = perf_counter() - began
        tell(f"simulating {policy}: {taken:,.1f} s")
        assert report.splits, "nothing would change, so nothing was measured"
        found.append(
            Measurement(
                f"simulate_{policy}",
                f"simulation of `{policy}`",
                f"{report.identities:,} identities, {events:,} logins, {report.profiles_before:,} profiles",
                Samples("the whole simulation", "s", [taken]),
                better="less",
                note=f"{report.regions_replayed:,} regions replayed, {report.splits:,} profiles would split,"
                f" {report.merges:,} merge; others waited {longest * 1000:,.0f} ms at most",
            )
        )
    return found


def logins(people: int, seed: int = 7) -> Iterator[Fact]:
    """Return logins of people on browsers, in order; some browsers are used by two people."""
    chance = random.Random(seed)
    cookies = people * COOKIES_A_PERSON
    shared = round(cookies * SHARED)
    step = timedelta(days=365) / (cookies + shared)
    for number in range(cookies + shared):
        cookie = number if number < cookies else chance.randrange(cookies)
        person = cookie // COOKIES_A_PERSON if number < cookies else chance.randrange(people)
        yield Fact(
            f"login:{number:09d}",
            YEAR_START + step * number,
            "bench",
            "logins",
            (
                IdentityKey("crm_id", f"C{person:08d}"),
                IdentityKey("email", f"person{person}@shop.example"),
                IdentityKey("ecid", f"{cookie:012d}"),
            ),
            type="login",
            channel="web",
        )
