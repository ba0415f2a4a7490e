"""What one operation may ask for: how deep, how long, how many things in all. A refusal names the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from strawberry.extensions import (
    MaxAliasesLimiter,
    ParserCache,
    QueryDepthLimiter,
    SchemaExtension,
    ValidationCache,
)

MOST_DEPTH = 12
MOST_TOKENS = 2_000
MOST_ALIASES = 30
MOST_THINGS = 10_000


class CostLimiter(SchemaExtension):
    """Refuses an operation that could return more than 10,000 things: a page's size multiplies what is inside it."""

    def on_execute(self) -> Iterator[None]:
        """Before the operation runs."""
        context = self.execution_context
        document = context.graphql_document
        if document is not None:
            variables = context.variables or {}
            numbers = tuple(sorted((k, v) for k, v in variables.items() if isinstance(v, int)))
            schema: GraphQLSchema = context.schema._schema
            cost = _cost(schema, document, context.operation_name, numbers)
            if cost > MOST_THINGS:
                raise GraphQLError(
                    f"The operation could return {cost:,} things; at most {MOST_THINGS:,} are allowed. Ask for smaller "
                    "pages (`first`) or for less inside them.",
                    extensions={"code": "too_costly", "limit": MOST_THINGS, "value": cost},
                )
        yield


@lru_cache(maxsize=512)
def _cost(schema: GraphQLSchema, document: DocumentNode, name: str | None, numbers: tuple[tuple[str, int], ...]) -> int:
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode) and name in (None, each.name.value if each.name else None):
            defaults = {
                variable.variable.name.value: int(variable.default_value.value)
                for variable in each.variable_definitions or ()
                if isinstance(variable.default_value, IntValueNode)
            }
            root = schema.get_root_type(each.operation)
            if root is not None:
                return _Counter(schema, fragments, {**defaults, **dict(numbers)}).inside(each.selection_set, root)
    return 0


class _Counter:
    """Counts the objects that a selection could return."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], numbers: Mapping[str, int]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._numbers = numbers

    def inside(self, selection: SelectionSetNode, parent: Any) -> int:
        """Count what is inside one object of a type."""
        total = 0
        for each in selection.selections:
            if isinstance(each, FieldNode):
                total += self._field(each, parent)
            elif isinstance(each, FragmentSpreadNode):
                fragment = self._fragments.get(each.name.value)
                if fragment is not None:
                    within = self._schema.get_type(fragment.type_condition.name.value)
                    total += self.inside(fragment.selection_set, within)
            elif isinstance(each, InlineFragmentNode):
                within = self._schema.get_type(each.type_condition.name.value) if each.type_condition else parent
                total += self.inside(each.selection_set, within)
        return total

    def _field(self, node: FieldNode, parent: Any) -> int:
        if node.selection_set is None or node.name.value.startswith("__"):
            return 0
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        field = fields.get(node.name.value)
        if field is None:
            return 0
        kind: GraphQLOutputType = field.type
        within = self.inside(node.selection_set, get_named_type(kind))
        if "first" in field.args:
            return max(self._first(node, field.args["first"].default_value), 1) * (1 + within)
        return within if node.name.value in ("edges", "node", "pageInfo") else 1 + within

    def _first(self, node: FieldNode, default: Any) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                if isinstance(argument.value, VariableNode):
                    return self._numbers.get(argument.value.name.value, _whole(default))
        return _whole(default)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 20


class Rules(SchemaExtension):
    """Adds the rules on depth and aliases: the same objects at every request, so a checked document is known again."""

    _rules = (
        *QueryDepthLimiter(max_depth=MOST_DEPTH).validation_rules,
        *MaxAliasesLimiter(max_alias_count=MOST_ALIASES).validation_rules,
    )

    def on_operation(self) -> Iterator[None]:
        """Before the operation is read."""
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS
        self.execution_context.validation_rules = self.execution_context.validation_rules + self._rules
        yield


class Documents(ParserCache):
    """Remembers documents that were parsed."""

    def __init__(self) -> None:
        super().__init__(maxsize=256)


class Checked(ValidationCache):
    """Remembers documents that were checked."""

    def __init__(self) -> None:
        super().__init__(maxsize=256)


LIMITS: tuple[type[SchemaExtension], ...] = (Rules, CostLimiter, Documents, Checked)
