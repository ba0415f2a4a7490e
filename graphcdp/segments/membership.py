"""Keeps memberships in step inside the transaction that changes people: once a batch, for the people it touched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.base import logger
from graphcdp.graph import Transaction
from graphcdp.ingest.wake import Touched
from graphcdp.segments.evaluation.evaluate import Evaluator, Verdict
from graphcdp.segments.evaluation.gather import gather
from graphcdp.segments.evaluation.interest import Interest, interest
from graphcdp.segments.evaluation.needs import Needs, needs, together
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.tree import from_json
from graphcdp.segments.rule.walk import unfold

_log = logger(__name__)
Pair = tuple[str, str]
"""A profile and a segment."""
Move = tuple[str, str, str, str | None]
"""A membership that begins or ends: profile, segment, `entered` or `exited`, the event that did it."""
Moved = Callable[[Transaction, Sequence[Move], datetime], Awaitable[None]]
"""Is told of memberships in the transaction that changes them."""


@dataclass(frozen=True, slots=True)
class LiveRule:
    """An active segment, ready to be asked.

    Attributes:
        id: of the segment.
        version: of its rule.
        evaluator: decides about a person.
        needs: what must be known of the person.
        interest: what wakes it.
    """

    id: str
    version: int
    evaluator: Evaluator
    needs: Needs
    interest: Interest


class _Was(NamedTuple):
    """A membership of a profile that is a former one now."""

    entered: datetime
    because: str | None
    by_event: str | None


class Keeper:
    """The active segments, as this process last saw them; other processes' changes are noticed at every batch.

    Attributes:
        moved: told of every membership that begins or ends.
    """

    def __init__(self) -> None:
        self.moved: list[Moved] = []
        self._version: int | None = None
        self._rules: dict[str, LiveRule] = {}

    async def rules(self, tx: Transaction) -> Mapping[str, LiveRule]:
        """Return the active segments by id, as the transaction sees them."""
        rows = await tx.rows("segments.version")
        version = rows[0][0] if rows else 0
        if version != self._version:
            self._rules = live_rules(await tx.run("segment.all"))
            self._version = version
        return self._rules

    async def wake(self, tx: Transaction, touched: Touched) -> None:
        """Bring memberships of touched people up to date: a `Wake` of the pipeline."""
        rules = await self.rules(tx)
        if not rules:
            return
        pairs = _woken(rules.values(), touched)
        home = [rule.id for rule in rules.values() if rule.interest.household]
        if home:
            for _, others in await tx.rows("segments.household_of", ids=sorted(touched.profiles)):
                pairs.update((other, segment) for other in others for segment in home)
        await self._decide(tx, touched, pairs, rules)

    async def look_again(self, tx: Transaction, touched: Touched, pairs: Iterable[Pair], because: str) -> None:
        """Decide some memberships anew, whatever it was that changed.

        Args:
            tx: where; the lock of ingestion is held.
            touched: says the instant, and keeps the changes.
            pairs: which; those of segments that are not active are passed over.
            because: `clock` or `rule`.
        """
        await self._decide(tx, touched, set(pairs), await self.rules(tx), because)

    async def _decide(
        self,
        tx: Transaction,
        touched: Touched,
        pairs: set[Pair],
        rules: Mapping[str, LiveRule],
        because: str | None = None,
    ) -> None:
        handed: dict[Pair, _Was] = {}
        if touched.former:
            rows = await tx.rows("segments.hand_over", ids=sorted(touched.former), at=touched.known_at)
            for former_id, segment, entered, reason, by_event, _ in rows:
                pair = (touched.former[former_id], segment)
                before = handed.get(pair)
                if segment in rules and (before is None or entered < before.entered):
                    handed[pair] = _Was(entered, reason, by_event)
            pairs = pairs | handed.keys()
        pairs = {pair for pair in pairs if pair[1] in rules}
        if not pairs:
            return
        ids, segments = {id for id, _ in pairs}, {segment for _, segment in pairs}
        people = await gather(tx, ids, together(rules[one].needs for one in segments), touched.known_at)
        verdicts = {
            (id, segment): rules[segment].evaluator(people[id], touched.known_at)
            for id, segment in pairs
            if id in people
        }
        difference = _Difference(tx, touched, rules, because)
        await difference.write(verdicts, handed)
        await self.tell(tx, difference.moves, touched.known_at)

    async def tell(self, tx: Transaction, moves: Sequence[Move], at: datetime) -> None:
        """Tell others of memberships that began or ended in this transaction."""
        if moves:
            for moved in self.moved:
                await moved(tx, moves, at)


class _Difference:
    """Writes what the verdicts change."""

    def __init__(self, tx: Transaction, touched: Touched, rules: Mapping[str, LiveRule], because: str | None) -> None:
        self._tx = tx
        self._touched = touched
        self._rules = rules
        self._because = because
        self._enter: list[list[Any]] = []
        self._leave: list[list[Any]] = []
        self._due: list[list[Any]] = []
        self.moves: list[Move] = []

    async def write(self, verdicts: Mapping[Pair, Verdict], handed: Mapping[Pair, _Was]) -> None:
        """Compare with what stands, and write the difference."""
        ids = sorted({id for id, _ in verdicts})
        segments = sorted({segment for _, segment in verdicts})
        held: dict[Pair, datetime] = {}
        due: dict[Pair, datetime] = {}
        for id, memberships, queued in await self._tx.rows("segments.held", ids=ids, segments=segments):
            held.update(((id, segment), entered) for segment, entered in memberships)
            due.update(((id, segment), at) for segment, at in queued)
        for pair, verdict in sorted(verdicts.items()):
            self._one(pair, verdict, held.get(pair), handed.get(pair))
            if due.get(pair) != verdict.until:
                self._due.append([*pair, verdict.until])
        if self._enter:
            await self._tx.consume("segments.enter", rows=self._enter)
        if self._leave:
            await self._tx.consume("segments.leave", rows=self._leave)
        if self._due:
            await self._tx.consume("segments.due", rows=self._due)

    def _one(self, pair: Pair, verdict: Verdict, entered: datetime | None, was: _Was | None) -> None:
        id, segment = pair
        now = self._touched.known_at
        because, by_event = self._cause(id)
        version = self._rules[segment].version
        if verdict.member:
            if entered is None:
                self.moves.append((id, segment, "entered", by_event))
            if was is not None and (entered is None or was.entered < entered):
                self._enter.append([id, segment, was.entered, was.because, was.by_event, version])
            elif entered is None:
                self._enter.append([id, segment, now, because, by_event, version])
                self._touched.change("segment_entered", id, by_event, [], [segment], because=because)
        elif entered is not None:
            self._leave.append([id, segment, now, because, by_event])
            self.moves.append((id, segment, "exited", by_event))
            self._touched.change("segment_exited", id, by_event, [segment], [], because=because)
        elif was is not None:
            self._touched.change("segment_exited", id, by_event, [segment], [], because="merged")

    def _cause(self, id: str) -> tuple[str, str | None]:
        """Return what changed a person last: an event of the batch, a regrouping, a field, time, or the rule."""
        facts = self._touched.facts.get(id)
        if facts:
            return "event", max(facts, key=lambda fact: (fact.ts, fact.id)).id
        if self._because is not None:
            return self._because, None
        if id in self._touched.regrouped:
            return "identity", None
        return ("attribute" if id in self._touched.fields else "household"), None


def live_rules(rows: Iterable[Mapping[str, Any]]) -> dict[str, LiveRule]:
    """Return the active segments of rows of `segment.all`, each with the rules that it asks for in their places."""
    rows = list(rows)
    trees = {row["id"]: expand(from_json(row["tree"])) for row in rows}
    found: dict[str, LiveRule] = {}
    for row in rows:
        if row["state"] == "active":
            rule = unfold(trees[row["id"]], trees)
            found[row["id"]] = LiveRule(row["id"], row["version"], Evaluator(rule), needs(rule), interest(rule))
    return found


def _woken(rules: Iterable[LiveRule], touched: Touched) -> set[Pair]:
    """Return whose membership of what may have changed."""
    rules = list(rules)
    pairs: set[Pair] = set()
    for id in touched.profiles:
        if id in touched.regrouped:
            pairs.update((id, rule.id) for rule in rules)
            continue
        facts = touched.facts.get(id, ())
        types = {fact.type for fact in facts if fact.type is not None}
        names = {name for fact in facts for name in fact.attributes} | touched.fields.get(id, set())
        if id in touched.created:
            there = frozenset({*(f"event:{one}" for one in types), *(f"field:{one}" for one in names)})
            pairs.update(
                (id, rule.id)
                for rule in rules
                if rule.interest.requires is None or not rule.interest.requires.isdisjoint(there)
            )
            continue
        for rule in rules:
            looks = rule.interest
            if (
                (facts and (looks.anything or looks.identities))
                or (types and (looks.types is None or not looks.types.isdisjoint(types)))
                or not looks.fields.isdisjoint(names)
            ):
                pairs.add((id, rule.id))
    return pairs
