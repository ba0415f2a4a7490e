"""The same analysis twice: as people are, and under other identity rules or on cookies; and what differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from graphcdp.journeys.choice import require
from graphcdp.journeys.progress import part_of
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection

if TYPE_CHECKING:
    import pandas as pd


class Answer(Protocol):
    """An answer of an analysis."""

    @property
    def rules(self) -> Mapping[str, Any]:
        """What it was computed under."""

    def frame(self) -> pd.DataFrame:
        """Return it as a table."""


Of = TypeVar("Of", bound=Answer)


class Difference(NamedTuple):
    """One figure of two answers.

    Attributes:
        at: the row: a step, a channel, a day.
        figure: which.
        here, there: as people are, and under the other rules; None where that answer has no such row.
        difference: there less here; None where one of them is.
    """

    at: tuple[str, ...]
    figure: str
    here: float | None
    there: float | None
    difference: float | None


@dataclass(frozen=True, slots=True)
class Comparison(Generic[Of]):
    """Two answers to one question.

    Attributes:
        here: as people are now.
        there: under the other rules, or on cookies.
    """

    here: Of
    there: Of

    @property
    def rules(self) -> dict[str, Any]:
        """The rules of the answer for people as they are, and those that differ: (here, there)."""
        return {**self.here.rules, "compared": self.changed}

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """The rules of the answers that differ: (here, there)."""
        one, other = self.here.rules, self.there.rules
        names = dict.fromkeys((*one, *other))
        return {
            name: (one.get(name), other.get(name))
            for name in names
            if name not in ("as_of", "observed_until") and one.get(name) != other.get(name)
        }

    def frame(self) -> pd.DataFrame:
        """Return both tables and the difference (there less here), by figure; what one of them has not is missing.

        The columns have two levels: the figure, then `here`, `there`, `difference`. Only numbers are compared.
        """
        import pandas as pd

        one, other = self.here.frame(), self.there.frame()
        figures = [name for name in one.columns if name in other.columns and _numeric(one[name], other[name])]
        index = one.index.union(other.index, sort=False)
        columns: dict[tuple[str, str], Any] = {}
        for name in figures:
            here, there = (frame[name].reindex(index).astype("Float64") for frame in (one, other))
            columns |= {(name, "here"): here, (name, "there"): there, (name, "difference"): there - here}
        empty = pd.MultiIndex.from_tuples([], names=["figure", "of"])
        frame = pd.DataFrame(columns, index=index)
        frame.columns = pd.MultiIndex.from_tuples(list(columns), names=["figure", "of"]) if columns else empty
        return frame

    def rows(self, most: int | None = None) -> tuple[tuple[str, ...], list[Difference]]:
        """Return what the parts of a row's place are, and the figures one by one, row by row; at most so many."""
        frame = self.frame()
        return tuple(str(name) for name in frame.index.names), list(islice(_differences(frame), most))


def require_figures(found: object) -> None:
    """Refuse a list of people where figures are compared, or told part by part.

    Raises:
        InvalidInputError: it is one.
    """
    require(
        hasattr(found, "frame"),
        "Figures are compared and told part by part; people are listed under one rule at a time. Give the selection "
        "`identity_rules`, the container `cookie` or a narrower condition instead.",
        field="ask",
    )


class ComparingAnalysis(Analysis):
    """Asks any question twice."""

    async def compare(
        self,
        ask: Callable[[Selection], Awaitable[Of]],
        selection: Selection = EVERYTHING,
        *,
        identity_rules: str | None = None,
        cookies: bool = False,
        here: Of | None = None,
    ) -> Comparison[Of]:
        """Ask a question as people are, and again under other rules or on cookies; nothing is written.

            await journeys.compare(lambda whose: journeys.funnel(rule, whose), cookies=True)

        Args:
            ask: puts the question for a selection.
            selection: whose events, and which.
            identity_rules: another rule set, as YAML.
            cookies: on cookies instead of people.
            here: the answer for the selection, where it is there already.

        Raises:
            InvalidInputError: not one of the two is asked for, the selection has one already, or people are listed.
            RulesError: the rules cannot be read.
        """
        require(
            (identity_rules is None) is cookies, "Compare with other identity rules or with cookies.", field="cookies"
        )
        require(
            selection.identity_rules is None and selection.container == "person",
            "A comparison begins with people as they are; leave container and rules out of the selection.",
            field="selection",
        )
        other = (
            replace(selection, container="cookie") if cookies else replace(selection, identity_rules=identity_rules)
        )  # fmt: skip
        parts = 2 if here is None else 1
        if here is None:
            with part_of(0, parts, "as people are"):
                here = await ask(selection)
        require_figures(here)
        with part_of(parts - 1, parts, "on cookies" if cookies else "under the other rules"):
            return Comparison(here, await ask(other))


def _differences(frame: pd.DataFrame) -> Iterator[Difference]:
    figures = [str(figure) for figure in frame.columns.unique(level="figure")]
    for key, line in frame.iterrows():
        at = tuple(_told(one) for one in (key if isinstance(key, tuple) else (key,)))
        for figure in figures:
            here, there, difference = (_number(line[figure, each]) for each in ("here", "there", "difference"))
            yield Difference(at, figure, here, there, difference)


def _told(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)


def _number(value: Any) -> float | None:
    from pandas import isna

    return None if isna(value) else float(value)


def _numeric(*columns: pd.Series[Any]) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return all(is_numeric_dtype(each) and not is_bool_dtype(each) for each in columns)
