"""Who ties a device to a person: how many people the same events are by each way, and by the graph's own.

The field-based ways are those of an analytics system that has no identity graph: each event has a persistent id (the
device's) and sometimes a transient one (the person's); definitions in docs/journeys.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from graphcdp.base import InvalidInputError
from graphcdp.identity.rules.rule_set import RuleSet
from graphcdp.journeys.choice import EventChoice, require
from graphcdp.journeys.drivers import require_window
from graphcdp.journeys.funnel import share
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, bars
from graphcdp.segments.rule.errors import nearest

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["device", "live", "replay", "graph"]


@dataclass(frozen=True, slots=True)
class StitchingRule:
    """What is a device, and what a person.

    Attributes:
        persistent: namespaces of devices, the first before others where an event carries several; empty: all that hold
            no person, the strongest first.
        transient: namespaces of persons, likewise; empty: all that hold a person.
        lookback_seconds: how far back a replay goes from the end of the period.
        converts: events that are conversions, in the segment language; None: none are counted.
    """

    persistent: tuple[str, ...] = ()
    transient: tuple[str, ...] = ()
    lookback_seconds: int = 604_800
    converts: str | None = None

    def fitting(self, rules: RuleSet) -> StitchingRule:
        """Return it with the namespaces that are meant.

        Raises:
            InvalidInputError: a namespace is not in the rules, or stands on both sides, or there is none on one.
        """
        persons = tuple(one.name for one in rules.ranked if one.kind == "person")
        devices = tuple(one.name for one in rules.ranked if one.kind != "person")
        for field, names in (("persistent", self.persistent), ("transient", self.transient)):
            for name in names:
                near = nearest(name, rules.namespaces)
                require(
                    name in rules.namespaces,
                    f"There is no namespace `{name}`.{f' Did you mean `{near}`?' if near else ''}",
                    field=field,
                )
        persistent = self.persistent or tuple(name for name in devices if name not in self.transient)
        transient = self.transient or tuple(name for name in persons if name not in persistent)
        if both := sorted({*persistent} & {*transient}):
            raise InvalidInputError(
                f"`{both[0]}` is said to be a device's and a person's. Leave it out on one side.", field="transient"
            )
        require(bool(persistent), "No namespace is left for devices. Name one.", field="persistent")
        require(bool(transient), "No namespace is left for persons. Name one.", field="transient")
        return StitchingRule(persistent, transient, self.lookback_seconds, self.converts)


@dataclass(frozen=True, slots=True)
class Stitched:
    """The same events by one way.

    Attributes:
        method: `device`: every device is one. `live`: an event without a person is that of the last person seen on its
            device by then, else the device's. `replay`: within the lookback it is that of the last person seen on the
            device in that time, before that as `live`. `graph`: people are profiles.
        people: how many there are.
        tied: events that are a person's.
        tied_rate: their share of all events; None of none.
        converted: people who did a conversion; None where none are counted.
        conversion_rate: their share of `people`; None likewise, and of nobody.
    """

    method: Method
    people: int
    tied: int
    tied_rate: float | None
    converted: int | None
    conversion_rate: float | None


@dataclass(frozen=True, slots=True)
class Stitching:
    """All ways side by side.

    Attributes:
        methods: `device`, `live`, `replay`, `graph`.
        events: how many there are.
        devices: of them.
        shared: devices on which two persons or more were seen.
        rules: what it was computed under.
    """

    methods: tuple[Stitched, ...]
    events: int
    devices: int
    shared: int
    rules: Mapping[str, Any]

    def frame(self) -> pd.DataFrame:
        """Return a row a way, in the order of `methods`."""
        import pandas as pd

        columns = ["people", "tied", "tied_rate", "converted", "conversion_rate"]
        rows = [[getattr(one, name) for name in columns] for one in self.methods]
        index = pd.Index([one.method for one in self.methods], name="method", dtype="object")
        return pd.DataFrame(rows, columns=columns, index=index)

    def plot(self) -> Picture:
        """Return it as a picture: how many people there are by each way, and how many of them converted."""
        rows = [
            {"method": one.method, "people": many, "what": what}
            for one in self.methods
            for what, many in (("all", one.people), ("converted", one.converted))
            if many is not None and self.events
        ]
        return bars(rows, title="People by who ties devices to them", label="method", value="people", series="what",
                    axis="people")  # fmt: skip


class StitchingAnalysis(Analysis):
    """How many people there are, by who ties devices to them."""

    async def stitching(self, selection: Selection = EVERYTHING, rule: StitchingRule | None = None) -> Stitching:
        """Count people by devices, by the last person seen on them (live, and replayed), and by the graph.

        Args:
            selection: which events: only they say who was seen on a device. Its container stays `person`.
            rule: what is a device, and what a person.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        require(
            selection.container == "person" and selection.identity_rules is None,
            "All ways are counted side by side: leave cookies and other identity rules out.",
            field="container",
        )
        in_force = await self._identity_rules.in_force()
        fitting = (rule or StitchingRule()).fitting(in_force)
        require_window(fitting.lookback_seconds)
        chosen = await self.chosen(selection, alone="stitching")
        whose = {name: value for name, value in chosen.inputs.items() if name not in ("container", "others")}
        rows = await self._graph.read_rows(
            "journey.stitching",
            persistent=list(fitting.persistent),
            transient=list(fitting.transient),
            lookback_seconds=fitting.lookback_seconds,
            until=chosen.inputs["end_at"] or chosen.now,
            converts=None if fitting.converts is None else EventChoice.read(fitting.converts, chosen.now).data(),
            **whose,
        )
        _, _, events, _, _, devices, shared = rows[0]
        methods = tuple(
            Stitched(
                method, people, tied, share(tied, events),
                *((None, None) if fitting.converts is None else (converted, share(converted, people))),
            )
            for method, people, _, tied, converted, _, _ in rows
        )  # fmt: skip
        return Stitching(methods, events, devices, shared, {**asdict(fitting), "order": "time, then event id",
                         **chosen.rules})  # fmt: skip
