"""A shorter way through the executor for objects of which only plain values are wanted.

graphql-core walks about thirty calls for every single value (path, info, resolver, completion, checks for awaitables).
Where a selection asks an object for nothing but attributes that are scalars or enums, their values are known at once.
Whatever is not that plain, and every value that is wrong, takes the usual way, so results and errors are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from graphql import GraphQLNonNull, GraphQLObjectType, is_leaf_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter


class _Leaf(NamedTuple):
    """A field that is an attribute with a plain value."""

    attribute: str
    coerce: Callable[[Any], Any]
    nullable: bool


_known: WeakKeyDictionary[GraphQLObjectType, dict[str, _Leaf]] = WeakKeyDictionary()


class LeanExecution(StrawberryGraphQLCoreExecutionContext):
    """The executor with the shorter way in front."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Execute the fields of one object."""
        if self.middleware_manager is None or not self.middleware_manager.middlewares:
            leaves = _known.get(parent_type)
            if leaves is None:
                leaves = _known[parent_type] = _leaves(parent_type)
            results: dict[str, Any] = {}
            for response_name, details in grouped_field_set.items():
                name = details[0].node.name.value
                leaf = leaves.get(name)
                if leaf is None:
                    if name != "__typename":
                        break
                    results[response_name] = parent_type.name
                    continue
                value = getattr(source_value, leaf.attribute, None)
                if value is not None:
                    try:
                        value = leaf.coerce(value)
                    except Exception:  # the usual way raises it again, with the place
                        break
                if value is None and not leaf.nullable:
                    break
                results[response_name] = value
            else:
                return results
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)


def _leaves(kind: GraphQLObjectType) -> dict[str, _Leaf]:
    """Return the plain fields of a type by their GraphQL names."""
    found = {}
    for name, field in kind.fields.items():
        inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if getattr(field.resolve, "_is_default", False) and is_leaf_type(inner) and not field.args and definition:
            found[name] = _Leaf(definition.python_name, inner.coerce_output_value, inner is field.type)
    return found
