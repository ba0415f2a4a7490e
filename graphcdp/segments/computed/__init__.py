"""Computed attributes: figures over a person's events, declared in the segment language and kept with the profile."""

from graphcdp.segments.computed.attributes import (
    ComputedAttribute,
    ComputedAttributeNotFoundError,
    ComputedAttributes,
)
from graphcdp.segments.computed.declaration import (
    PREFIX,
    ComputedAttributeError,
    Declaration,
    check_name,
    declare,
    read_declarations,
)

__all__ = [
    "PREFIX",
    "ComputedAttribute",
    "ComputedAttributeError",
    "ComputedAttributeNotFoundError",
    "ComputedAttributes",
    "Declaration",
    "check_name",
    "declare",
    "read_declarations",
]
