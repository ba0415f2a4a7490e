"""Look ahead in a selection, so that the usual question about one person is one statement instead of three."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, IntValueNode, SelectionSetNode, VariableNode

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.relay import MOST_PER_PAGE


def newest_wanted(info: Info) -> int | None:
    """Say how many of a person's newest events are wanted together with the identities.

    Returns:
        The `first` of the one plain `timeline` below this field (no other page, no filter) where `identities` stand
        beside it; else None.
    """
    raw = info._raw_info
    wanted: int | None = None
    identities = False
    for node in raw.field_nodes:
        for field in _fields(node.selection_set, raw.fragments):
            if field.directives:
                return None
            if field.name.value == "identities":
                identities = True
            elif field.name.value == "timeline":
                first = _first(field, raw.variable_values)
                if first is None or wanted not in (None, first):
                    return None
                wanted = first
    return wanted if identities else None


def _fields(selection: SelectionSetNode | None, fragments: Any) -> Iterator[FieldNode]:
    for node in selection.selections if selection else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            spread = fragments[node.name.value]
            yield from _fields(getattr(spread, "definition", spread).selection_set, fragments)


def _first(field: FieldNode, variables: Any) -> int | None:
    """Return the `first` of a plain page; None where an argument asks for anything else."""
    first: object = 20
    for argument in field.arguments or ():
        value: object = None
        if isinstance(argument.value, IntValueNode):
            value = int(argument.value.value)
        elif isinstance(argument.value, VariableNode):
            value = variables.get(argument.value.name.value)
        elif argument.value.kind != "null_value":
            return None
        if argument.name.value == "first":
            first = value
        elif value is not None:
            return None
    return first if isinstance(first, int) and 1 <= first <= MOST_PER_PAGE else None
