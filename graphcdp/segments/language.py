"""The language over one graph: what rules may speak of there, and whether a rule fits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from graphcdp.base import Clock, NotFoundError
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest.rows import OWN
from graphcdp.segments import ast
from graphcdp.segments.check import Problem, check, refuse
from graphcdp.segments.compare import date_key
from graphcdp.segments.computed.declaration import kept
from graphcdp.segments.errors import RuleError
from graphcdp.segments.fields import EVENT, PROFILE, Field, Fields, Kind
from graphcdp.segments.named import NamedCondition, built_in, written_out
from graphcdp.segments.parse import Located, parse_located
from graphcdp.segments.text import to_text
from graphcdp.segments.tree import Json, from_json, to_json
from graphcdp.sources import SourceDefinition

MOST_COUNTED, PEOPLE_LOOKED_AT, EVENTS_LOOKED_AT = 20_000, 1_000, 100
MOST_VALUES, SEEN_OFTEN = 30, 3
FRESH_SECONDS = 15.0
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KINDS: Mapping[str, Kind] = {"STRING": "text", "INTEGER": "number", "FLOAT": "number", "BOOLEAN": "boolean"}


class NamedConditionNotFoundError(NotFoundError):
    """There is no such named condition."""

    code = "named_condition_not_found"


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a rule that was looked at.

    Attributes:
        problems: errors first.
        said: the rule; None where it cannot be read.
        condition: as it is kept, the conditions that were named here written out; None where it cannot be kept.
    """

    problems: tuple[Problem, ...]
    said: ast.Condition | None = None
    condition: ast.Condition | None = None

    @property
    def valid(self) -> bool:
        """Whether it can be kept."""
        return not any(problem.severity == "error" for problem in self.problems)

    @property
    def text(self) -> str | None:
        """The rule in the canonical words."""
        return None if self.said is None else to_text(self.said)

    @property
    def tree(self) -> dict[str, Json] | None:
        """The rule as JSON."""
        return None if self.said is None else to_json(self.said)


def read_rule(rule: str | None, tree: Json | None) -> Located:
    """Read a rule given as text or as a tree, whichever it is.

    Raises:
        RuleError: it cannot be read, or both or neither are given.
    """
    if (rule is None) == (tree is None):
        raise RuleError("Give the rule as text, or as a tree; not both.")
    return parse_located(rule) if rule is not None else Located(from_json(tree), {})


class Language:
    """What rules may speak of in a graph.

    Args:
        graph: the graph.
        clock: what time it is.
        rules: of identities, for the namespaces.
        sources: definitions of the sources, for attributes that they state.
    """

    def __init__(self, graph: Graph, clock: Clock, rules: RuleBook, sources: Mapping[str, SourceDefinition]) -> None:
        self._graph = graph
        self._clock = clock
        self._rules = rules
        self._sources = sources
        self._read: tuple[float, Fields] | None = None

    async def fields(self, *, anew: bool = False) -> Fields:
        """Return what there is, at most some seconds old unless `anew`."""
        if not anew and self._read is not None and time.monotonic() - self._read[0] < FRESH_SECONDS:
            found = self._read[1]
        else:
            found = await self._fields()
            self._read = (time.monotonic(), found)
        segments = dict(await self._graph.read_rows("segments.titles"))
        return replace(found, segments=segments, named=await self.named())

    async def named(self) -> dict[str, NamedCondition]:
        """Return the named conditions, those that come along and those made here."""
        own = {
            id: NamedCondition(id, title, from_json(tree))
            for id, title, tree in await self._graph.read_rows("segments.named_conditions")
        }
        return {**built_in(), **own}

    async def name(
        self,
        name: str,
        rule: str | None = None,
        tree: Json | None = None,
        *,
        title: str | None = None,
        author: str | None = None,
    ) -> NamedCondition:
        """Give a rule a name, or a name another rule.

        Segments that were kept before stay as they are: in them the earlier rule is written out.

        Args:
            name: as rules will say it: `big spender`.
            rule, tree: the rule, as text or as a tree.
            title: what it means, for people; the rule itself where nothing is said.
            author: who names it.

        Raises:
            RuleError: it is no name, the name is taken, or the rule cannot be read or does not fit.
        """
        id = await self._free_name(name)
        found = await self.check(rule, tree)
        refuse(found.problems)
        assert found.condition is not None  # noqa: S101  refused else
        text = to_text(found.condition)
        told = orjson.dumps(to_json(found.condition)).decode()
        await self._graph.write(
            "segments.name_condition",
            id=id,
            rule=text,
            tree=told,
            title=title or text,
            at=self._clock.now(),
            author=author,
        )
        return NamedCondition(id, title or text, found.condition)

    async def unname(self, name: str) -> None:
        """Forget a named condition that was made here; segments that were kept stay as they are.

        Raises:
            NamedConditionNotFoundError: there is none.
        """
        id = "_".join(name.lower().split())
        if not (await self._graph.write("segments.unname_condition", id=id))[0]["removed"]:
            raise NamedConditionNotFoundError(f"No condition was named `{name[:64]}` here.", name=name[:64])

    async def _free_name(self, name: str) -> str:
        id = "_".join(name.lower().split())
        if not _NAME.fullmatch(id):
            raise RuleError(
                "The name of a condition is words of letters a to z and digits, at most 64 together, a letter first."
            )
        if id in built_in():
            raise RuleError(f"`{id.replace('_', ' ')}` comes with graphcdp. Take another name.")
        if parse_located(said := to_text(ast.Named(name=id))).condition != ast.Named(name=id):
            raise RuleError(f"`{said}` means something else already. Take another name.")
        return id

    async def check(self, rule: str | None = None, tree: Json | None = None) -> Checked:
        """Look at a rule given as text or as a tree: whether it can be read, and whether it fits this graph."""
        try:
            read = read_rule(rule, tree)
        except RuleError as error:
            return Checked((Problem.of(error),))
        fields = await self.fields()
        found = Checked(check(read.condition, fields, read.places), read.condition)
        return replace(found, condition=written_out(read.condition, fields.named)) if found.valid else found

    async def _fields(self) -> Fields:
        graph = self._graph
        types = await self._types()
        names = list(types)
        people = await graph.read_rows("segments.sample_profiles", most=PEOPLE_LOOKED_AT, values=MOST_VALUES)
        seen = await graph.read_rows(
            "segments.sample_events",
            types=names,
            properties=list(EVENT),
            each_type=EVENTS_LOOKED_AT,
            values=MOST_VALUES,
        )
        written = [name for (name,) in await graph.read_rows("segments.properties")]
        rules = await self._rules.in_force()
        return Fields(
            profile=self._profile(people, written, await self._computed()),
            event=_event(seen, written),
            types=types,
            namespaces=frozenset(rules.namespaces),
            empty=not people and not types,
        )

    async def _types(self) -> dict[str, int]:
        found: list[str] = []
        while rows := await self._graph.read_rows("segments.next_type", after=found[-1] if found else ""):
            found.append(rows[0][0])
        return dict(await self._graph.read_rows("segments.count_types", types=found, most=MOST_COUNTED))

    async def _computed(self) -> dict[str, Kind]:
        return {
            (one := kept(row)).name: "unknown" if one.aggregate.function in _AS_IT_IS else "number"
            for row in await self._graph.read("computed.declared")
        }

    def _profile(
        self, people: Iterable[Sequence[Any]], written: Iterable[str], computed: Mapping[str, Kind]
    ) -> dict[str, Field]:
        """Return the attributes: of one name a computed one comes before a stated one."""
        sources: dict[str, list[str]] = {}
        for name, definition in sorted(self._sources.items()):
            for attribute in definition.attributes:
                sources.setdefault(attribute, []).append(name)
        names = {*sources, *(name[2:] for name in written if name.startswith("a_"))}
        found = {name: Field(name, sources=tuple(sources.get(name, ()))) for name in sorted(names)}
        found |= {name: Field(name, kind, "computed") for name, kind in computed.items()}
        for property, *told in people:
            name = property[2:]
            field = found.get(name, Field(name))
            if property.startswith("c_") is (field.origin == "computed"):
                found[name] = _with_values(field, *told)
        return dict(sorted(found.items())) | dict(PROFILE)


_AS_IT_IS = ("first", "last", "most frequent", "min", "max")


def _event(seen: Iterable[Sequence[Any]], written: Iterable[str]) -> dict[str, Field]:
    found = dict(EVENT)
    found |= {name[2:]: Field(name[2:], "unknown", "event") for name in written if name.startswith(OWN)}
    for property, different, times, kinds, top, types in seen:
        name = property.removeprefix(OWN) if property not in EVENT else property
        field = found.get(name, Field(name, "unknown", "event"))
        told = _with_values(field, different, times, kinds, top)
        kind = told.kind if field.kind == "unknown" else field.kind
        found[name] = replace(told, kind=kind, types=tuple(sorted(types)))
    return dict(sorted(found.items()))


def _with_values(field: Field, different: int, times: int, kinds: Sequence[str], top: Sequence[Any]) -> Field:
    """Return a field with the kind of its values, and the values themselves where they are few and come again."""
    told: set[Kind] = {_KINDS.get(kind.split()[0], "unknown") for kind in kinds}
    if told == {"text"} and all(date_key(value) is not None for value in top):
        told = {"date"}
    kind = told.pop() if len(told) == 1 else "mixed"
    few = kind in ("text", "mixed", "boolean") and different <= MOST_VALUES and times >= SEEN_OFTEN * different
    return replace(field, kind=kind, values=tuple(top) if few else (), complete=few)
