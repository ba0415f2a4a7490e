"""Self-service tools: how often they are used, whether they help, and what people do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require
from graphcdp.journeys.drivers import require_window
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, bars

if TYPE_CHECKING:
    import pandas as pd

MOST_NEXT = 50


@dataclass(frozen=True, slots=True)
class ToolRule:
    """What is a use of a tool, and when it succeeds.

    Attributes:
        tools: uses, in the segment language.
        field: the property that names the tool.
        success: what a use itself fulfils that succeeds.
        followed_by: events that make a use before them a success, too; None: none do.
        window_seconds: for how long what follows counts.
        gap_seconds: a silence of so long or longer ends a session; all selected events of a person are cut.
    """

    tools: str = "did tool_use"
    field: str = "tool"
    success: str = "any event where outcome in ('solved', 'success', 'completed')"
    followed_by: str | None = None
    window_seconds: int = 86_400
    gap_seconds: int = 1_800

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statements take it.

        Raises:
            InvalidInputError: a length is none.
            RuleError: the events cannot be read.
        """
        require_window(self.window_seconds)
        require_window(self.gap_seconds)
        return {
            "tools": EventChoice.read(self.tools, now).data(),
            "success": EventChoice.where_only(self.success, now).data(),
            "followed_by": None if self.followed_by is None else EventChoice.read(self.followed_by, now).data(),
            "field": node_property(self.field),
            "window_seconds": self.window_seconds,
        }


@dataclass(frozen=True, slots=True)
class NextStep:
    """What people did next.

    Attributes:
        succeeded: after a use that succeeded, or did not.
        step: the type of the next event within the window, or `(exit)`.
        times: how often.
        people: of how many.
    """

    succeeded: bool
    step: str
    times: int
    people: int


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    Attributes:
        tool: which.
        uses: how often it was used.
        people: by how many.
        successes: uses that succeeded.
        again: after which the same person used it again within the window.
        sessions: that had a use.
        solved: sessions of which a use succeeded.
        steps: what people did next, after successes first, the most frequent first.
    """

    tool: str
    uses: int
    people: int
    successes: int
    again: int
    sessions: int
    solved: int
    steps: tuple[NextStep, ...]

    @property
    def success_rate(self) -> float:
        """The share of uses that succeeded."""
        return self.successes / self.uses

    @property
    def solved_rate(self) -> float:
        """The share of sessions with a use of which a use succeeded."""
        return self.solved / self.sessions


@dataclass(frozen=True, slots=True)
class Tools:
    """Tools side by side.

    Attributes:
        tools: the most used first.
        rules: what they were computed under.
    """

    tools: tuple[Tool, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: uses of each tool, and how many of them succeeded."""
        rows = [
            {"tool": one.tool, "uses": many, "what": what}
            for one in self.tools
            for what, many in (("all", one.uses), ("succeeded", one.successes))
        ]
        return bars(rows, title="Tools", label="tool", value="uses", series="what", axis="uses")

    def frame(self) -> pd.DataFrame:
        """Return a row a tool, the most used first."""
        import pandas as pd

        columns = ["uses", "people", "successes", "success_rate", "again", "sessions", "solved", "solved_rate"]
        rows = [{name: getattr(one, name) for name in columns} for one in self.tools]
        index = pd.Index([one.tool for one in self.tools], name="tool", dtype="object")
        return pd.DataFrame(rows, columns=columns, index=index)

    def steps_frame(self) -> pd.DataFrame:
        """Return a row a tool, whether it succeeded, and next step."""
        import pandas as pd

        keys, columns = ["tool", "succeeded", "step"], ["times", "people"]
        rows = [{"tool": one.tool, **asdict(step)} for one in self.tools for step in one.steps]
        return pd.DataFrame(rows, columns=[*keys, *columns]).set_index(keys)


class ToolAnalysis(Analysis):
    """Which self-service tools work."""

    async def tools(self, selection: Selection = EVERYTHING, rule: ToolRule | None = None, *, most: int = 5) -> Tools:
        """Return use, success and next steps of tools.

        Args:
            selection: whose events, and which. Uses lie in its period and fit `within`; what follows need not.
            rule: what is a use, and when it succeeds.
            most: so many next steps of each tool and outcome.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        rule = rule or ToolRule()
        require(1 <= most <= MOST_NEXT, f"1 to {MOST_NEXT} next steps are given, not {most}.", limit=MOST_NEXT)
        chosen = await self.chosen(selection, alone="tools")
        asked = {**rule.inputs(chosen.now), **chosen.inputs}
        rows = await self._graph.read_rows("journey.tools", gap_seconds=rule.gap_seconds, **asked)
        steps: dict[str, list[NextStep]] = {}
        for tool, *step in await self._graph.read_rows("journey.tool_steps", most=most, **asked):
            steps.setdefault(tool, []).append(NextStep(*step))
        found = tuple(Tool(*(*row, tuple(steps.get(row[0], ())))) for row in rows)
        return Tools(found, {**asdict(rule), "most": most, "order": "time, then event id", **chosen.rules})
