"""The language over one graph: what rules may speak of there, and whether a rule fits."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace

import orjson

from graphcdp.base import Clock, ConflictError, NotFoundError
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import NamedCondition, built_in, written_out
from graphcdp.segments.rule.parse import Located, parse_located
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.tree import Json, from_json, to_json
from graphcdp.segments.vocabulary.check import Problem, check, refuse
from graphcdp.segments.vocabulary.fields import Fields
from graphcdp.segments.vocabulary.known import read_fields

FRESH_SECONDS = 15.0
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


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
    """

    def __init__(self, graph: Graph, clock: Clock, rules: RuleBook) -> None:
        self._graph = graph
        self._clock = clock
        self._rules = rules
        self._read: tuple[float, Fields] | None = None

    async def fields(self, *, anew: bool = False) -> Fields:
        """Return what there is, at most some seconds old unless `anew`; what is computed is known at once."""
        computed = {name for (name,) in await self._graph.read_rows("segments.computed_names")}
        if (
            not anew
            and self._read is not None
            and not self._read[1].empty
            and time.monotonic() - self._read[0] < FRESH_SECONDS
            and computed <= self._read[1].profile.keys()
        ):
            found = self._read[1]
        else:
            found = await read_fields(self._graph, self._rules)
            self._read = (time.monotonic(), found)
        segments = dict(await self._graph.read_rows("segments.titles"))
        audiences = frozenset(id for (id,) in await self._graph.read_rows("segments.audience_ids"))
        return replace(found, segments=segments, named=await self.named(), audiences=audiences)

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
            ConflictError: the rule of an offer says it.
        """
        id = "_".join(name.lower().split())
        done = (await self._graph.write("segments.unname_condition", id=id))[0]
        if done["offers"] and id not in built_in():
            asking = ", ".join(f"Offer {offer}" for offer in done["offers"])
            raise ConflictError(f"The named condition `{name[:64]}` is used by {asking}. Change that first.", name=id)
        if not done["removed"]:
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
        if not found.valid:  # perhaps by what came in since the fields were read
            fields = await self.fields(anew=True)
            found = Checked(check(read.condition, fields, read.places), read.condition)
        return replace(found, condition=written_out(read.condition, fields.named)) if found.valid else found
