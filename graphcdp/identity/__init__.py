"""Who is who: identity rules, what they admit, how they decide, and why."""

from graphcdp.identity.explain import Explainer, Explanation, IdentityGraph, IdentityNotFoundError, ProfileNotFoundError
from graphcdp.identity.rulebook import RuleBook
from graphcdp.identity.rules import Namespace, RuleSet, default_rules, parse_rules, read_rules

__all__ = [
    "Explainer",
    "Explanation",
    "IdentityGraph",
    "IdentityNotFoundError",
    "Namespace",
    "ProfileNotFoundError",
    "RuleBook",
    "RuleSet",
    "default_rules",
    "parse_rules",
    "read_rules",
]
