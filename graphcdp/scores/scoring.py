"""Every score of a graph through one door: asked for, kept with people, and made anew once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from graphcdp.base import CDPError, Clock, InvalidInputError, logger
from graphcdp.graph import Graph
from graphcdp.ingest import Pipeline
from graphcdp.profile.pages import pages
from graphcdp.scores.habits import HabitChange, Shares, habit_change
from graphcdp.scores.look_alike import LookAlikes, look_alikes
from graphcdp.scores.propensity import Inclined, Propensity, train
from graphcdp.scores.store import Score, Scores
from graphcdp.segments.store import Segments

RECENT_DAYS = 7
HABIT_DAYS = 365
HORIZON_DAYS = 14
EVERY = timedelta(days=1)
_PAGE = 2_000
_log = logger(__name__)


class Scoring:
    """Finds scores, explains them, and keeps them."""

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline, segments: Segments) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: nothing later than its time counts.
            pipeline: whose wakes follow kept values.
            segments: whose members others are like.
        """
        self._graph = graph
        self._clock = clock
        self._segments = segments
        self.kept = Scores(graph, clock, pipeline)

    async def habit_change(self, profile_id: str, *, recent_days: int = RECENT_DAYS) -> HabitChange:
        """Say how suddenly a person turned from habit in category and size, and to what.

        Args:
            profile_id: who; of nobody the score is 0.
            recent_days: what counts as lately; the habit is of the 365 days up to then.

        Raises:
            InvalidInputError: `recent_days` is not from 1 to 90.
        """
        found = await self._habits([profile_id], recent_days, self._clock.now())
        return found.get(profile_id, habit_change(()))

    async def keep_habit_change(self, name: str = "habit_change", *, recent_days: int = RECENT_DAYS) -> Score:
        """Keep everybody's habit change as `profile.<name>`; people who did nothing lately have none.

        Raises:
            InvalidInputError: `recent_days` is not from 1 to 90; it is no name.
            ConflictError: the name is another's.
        """
        now, values = self._clock.now(), {}
        async for page in pages(self._graph, _PAGE):
            values.update({id: one.score for id, one in (await self._habits(page, recent_days, now)).items()})
        return await self.kept.keep(
            name, values, kind="habit_change", title=f"How far the last {recent_days} days are from habit",
            settings={"recent_days": recent_days}, card={},
        )  # fmt: skip

    async def look_alikes(self, segment: str) -> LookAlikes:
        """Say who is like the members of a segment, by what, and how well that can be told.

        Raises:
            SegmentNotFoundError: there is none.
            InvalidInputError: it has fewer than 5 members.
        """
        await self._segments.get(segment)
        return await look_alikes(self._graph, segment, self._clock.now())

    async def keep_look_alikes(self, segment: str, name: str | None = None) -> Score:
        """Keep everybody's likeness to a segment as `profile.<name>`, for rules such as `profile.like_x >= 0.2`.

        Args:
            segment: its id.
            name: of the score; `like_<segment>` where nothing is said.

        Raises:
            SegmentNotFoundError: there is none.
            InvalidInputError: it has fewer than 5 members; it is no name.
            ConflictError: the name is another's.
        """
        found = await self.look_alikes(segment)
        return await self.kept.keep(
            name or f"like_{segment.replace('-', '_')}"[:64], {one.profile_id: one.score for one in found.people},
            kind="look_alike", title=f"How alike to the members of {segment}", settings={"segment": segment},
            card={
                "auc": found.auc, "held_out": found.held_out, "seeds": found.seeds,
                "factors": [{"kind": one.kind, "id": one.id, "name": one.name, "weight": one.weight}
                            for one in found.factors[:10]],
                "slider": [{"share": one.share, "people": one.people, "at_least": one.at_least}
                           for one in found.slider],
            },
        )  # fmt: skip

    async def propensity(self, horizon_days: int = HORIZON_DAYS) -> tuple[Propensity, dict[str, Inclined]]:
        """Learn who buys within so many days, judge it on held-out time, and tell everybody's propensity.

        Raises:
            ConfigurationError: scikit-learn is not installed.
            InvalidInputError: there are too few buyers; the horizon is not from 1 to 90 days.
        """
        if not 1 <= horizon_days <= 90:
            raise InvalidInputError(f"A horizon is 1 to 90 days, not {horizon_days}.", field="horizon_days")
        return await train(self._graph, self._clock.now(), horizon_days)

    async def keep_propensity(self, name: str = "purchase_propensity", *, horizon_days: int = HORIZON_DAYS) -> Score:
        """Keep everybody's propensity to buy as `profile.<name>`.

        Raises:
            ConfigurationError: scikit-learn is not installed.
            InvalidInputError: there are too few buyers; it is no name.
            ConflictError: the name is another's.
        """
        model, people = await self.propensity(horizon_days)
        return await self.kept.keep(
            name, {id: one.value for id, one in people.items()}, kind="propensity",
            title=f"How likely to buy within {horizon_days} days", settings={"horizon_days": horizon_days},
            card=model.card(),
        )  # fmt: skip

    async def keep(
        self, kind: str, name: str | None = None, segment: str | None = None, days: int | None = None
    ) -> Score:
        """Make a score of some kind for everybody and keep it.

        Args:
            kind: `habit_change`, `look_alike` or `propensity`.
            name: of the score; one of the kind's own where nothing is said.
            segment: of a likeness, and only there.
            days: what counts as lately, or the horizon; not of a likeness.

        Raises:
            InvalidInputError: there is no such kind, or it takes something else; see the kinds.
            ConflictError: the name is another's.
            NotFoundError: there is no such segment.
        """
        if (segment is not None) != (kind == "look_alike"):
            raise InvalidInputError("A likeness needs a segment; other scores take none.", field="segment")
        if segment is not None and days is not None:
            raise InvalidInputError("A likeness takes no number of days.", field="days")
        if segment is not None:
            return await self.keep_look_alikes(segment, name)
        if kind == "habit_change":
            return await self.keep_habit_change(name or kind, recent_days=RECENT_DAYS if days is None else days)
        if kind == "propensity":
            horizon = HORIZON_DAYS if days is None else days
            return await self.keep_propensity(name or "purchase_propensity", horizon_days=horizon)
        raise InvalidInputError(
            f"There is no kind of score `{kind[:64]}`: habit_change, look_alike or propensity.", field="kind"
        )

    async def renew(self, one: Score) -> Score:
        """Make a kept score anew with the settings it was made with.

        Raises:
            CDPError: as when it was made.
        """
        if one.kind == "habit_change":
            return await self.keep_habit_change(one.name, recent_days=one.settings["recent_days"])
        if one.kind == "look_alike":
            return await self.keep_look_alikes(one.settings["segment"], one.name)
        return await self.keep_propensity(one.name, horizon_days=one.settings["horizon_days"])

    async def renew_old(self) -> int:
        """Make the kept scores anew that are older than a day; return how many that were.

        What cannot be made any more (a segment without members) stays as it is, with a line in the log.
        """
        old = [one for one in await self.kept.all() if one.made_at + EVERY <= self._clock.now()]
        done = 0
        for one in old:
            try:
                await self.renew(one)
                done += 1
            except CDPError as error:
                _log.warning("scores.not_renewed", score=one.name, code=error.code)
        return done

    async def _habits(self, ids: list[str], recent_days: int, now: datetime) -> dict[str, HabitChange]:
        if not 1 <= recent_days <= 90:
            raise InvalidInputError(f"Lately is 1 to 90 days, not {recent_days}.", field="recent_days")
        recent = now - timedelta(days=recent_days)
        rows = await self._graph.read_rows(
            "scores.habits", ids=ids, at=now, recent_from=recent, habit_from=recent - timedelta(days=HABIT_DAYS)
        )
        told: dict[str, list[Shares]] = {}
        for id, dimension, habit, lately, newest in rows:
            told.setdefault(id, []).append(Shares(dimension, dict(habit), dict(lately), dict(newest)))
        return {id: habit_change(each) for id, each in told.items()}
