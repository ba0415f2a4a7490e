"""What an evaluator must know to decide a rule: the index that wakes segments, and what is gathered for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphcdp.governance import names_of
from graphcdp.segments.evaluation.person import NODES
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.walk import parts


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rule looks at.

    Attributes:
        types: of a person's own events; None: every type.
        household_types: of events of the others of the household; None: every type.
        fields: of the profile.
        properties: of events, by the names of the language.
        nodes: which of `product`, `content`, `campaign` are followed to their nodes.
        segments: ids of other segments.
        identities: whether it asks for namespaces.
        audiences: whether it asks for audiences.
        consents: names of consents.
        household: whether it looks at other people of the household.
        look_back_seconds: how old an event may be that counts; None: any age.
    """

    types: frozenset[str] | None = frozenset()
    household_types: frozenset[str] | None = frozenset()
    fields: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    identities: bool = False
    household: bool = False
    look_back_seconds: int | None = 0
    audiences: bool = False
    consents: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        """Return what two rules need together."""
        ages = (self.look_back_seconds, other.look_back_seconds)
        return Needs(
            _types(self.types, other.types),
            _types(self.household_types, other.household_types),
            self.fields | other.fields,
            self.properties | other.properties,
            self.nodes | other.nodes,
            self.segments | other.segments,
            self.identities or other.identities,
            self.household or other.household,
            None if None in ages else max(age or 0 for age in ages),
            self.audiences or other.audiences,
            self.consents | other.consents,
        )

    @property
    def events(self) -> bool:
        """Whether any event counts."""
        return self.types is None or self.household_types is None or bool(self.types) or bool(self.household_types)


NOTHING = Needs()


def needs(condition: ast.Condition | ast.Aggregate) -> Needs:
    """Return what a rule needs; of named conditions nothing, as they are to be expanded first."""
    return together(_of(condition, others=False))


def together(rules: Iterable[Needs]) -> Needs:
    """Return what several rules need together."""
    found = NOTHING
    for one in rules:
        found |= one
    return found


def _types(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


def _of(node: ast.Node, *, others: bool) -> Iterator[Needs]:
    """Return the needs of a node and what is in it; `others` inside what is asked of the rest of the household."""
    match node:
        case ast.Household():
            yield Needs(household=True)
            yield from _of(node.condition, others=True)
            return
        case ast.Sequence():
            yield from _events(node.first, others=others, whole=True)
            for step in node.steps:
                yield from _events(step.events, others=others, whole=True)
            return
        case ast.Events():
            yield from _events(node, others=others)
            return
        case ast.SameAs():
            yield Needs(
                properties=frozenset({node.field, node.of}), nodes=frozenset({node.field, node.of}) & frozenset(NODES)
            )
        case ast.ProfileField():
            yield Needs(fields=frozenset({node.name}))
        case ast.EventField() | ast.StepField():
            yield Needs(properties=frozenset({node.name}))
        case ast.Aggregate(field=str()):
            yield Needs(properties=frozenset({node.field or ""}))
        case ast.Consents():
            names = names_of(node.to)
            yield Needs(
                fields=frozenset(field for name in names for field in (f"consent_{name}", f"{name}_opt_in")),
                consents=frozenset(names),
            )
        case ast.Member():
            yield Needs(segments=frozenset({node.segment}))
        case ast.HasIdentity():
            yield Needs(identities=True)
        case ast.Listed():
            yield Needs(audiences=True)
        case _:
            pass
    for part in parts(node):
        yield from _of(part, others=others)


def _events(events: ast.Events, *, others: bool, whole: bool = False) -> Iterator[Needs]:
    """Return the needs of a pattern; of a step of a sequence (`whole`) events count whatever their window."""
    types = frozenset(events.types) if events.types else None
    theirs = others or events.by == "household"
    window = events.window
    if whole or window is None:
        age = None
    elif isinstance(window, ast.Last):
        age = window.seconds
    else:
        age = window.oldest if isinstance(window, ast.Ago) else None
    yield Needs(
        types=frozenset() if theirs else types,
        household_types=types if theirs else frozenset(),
        household=theirs,
        look_back_seconds=age,
    )
    if events.where is not None:
        yield from _of(events.where, others=others)
