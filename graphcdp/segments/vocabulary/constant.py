"""Whether a rule is true of everyone, or of nobody, whatever happens."""

from __future__ import annotations

from graphcdp.segments.rule import ast


def always(condition: ast.Condition) -> bool | None:
    """Return what a rule always is; None where it depends, as far as one can see without trying.

    Args:
        condition: of which named conditions have been expanded.
    """
    match condition:
        case ast.Everyone():
            return True
        case ast.Not():
            inner = always(condition.condition)
            return None if inner is None else not inner
        case ast.AllOf():
            return _joined(condition.conditions, ends=False)
        case ast.AnyOf():
            return _joined(condition.conditions, ends=True)
        case ast.Did():
            if (condition.operator, condition.times) == (">=", 0):
                return True
            return False if (condition.operator, condition.times) == ("<", 0) else None
        case ast.Household():
            return False if always(condition.condition) is False else None
        case _:
            return None


def _joined(parts: tuple[ast.Condition, ...], *, ends: bool) -> bool | None:
    """Return what parts joined by `or` (`ends` true) or by `and` (false) always are."""
    told = [always(part) for part in parts]
    denied = {part.condition for part in parts if isinstance(part, ast.Not)}
    if not denied.isdisjoint(parts) or ends in told:
        return ends
    return (not ends) if None not in told else None
