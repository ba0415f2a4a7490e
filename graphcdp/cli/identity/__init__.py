"""The group `graphcdp identity`: commands about who is who.

A module a subject, each hanging its commands on `group.identity`; it is registered by its import here, one line.
"""

from graphcdp.cli.identity import graph as graph
from graphcdp.cli.identity import households as households
from graphcdp.cli.identity import questions as questions
from graphcdp.cli.identity import rules as rules
from graphcdp.cli.identity import simulate as simulate
from graphcdp.cli.identity import suggest as suggest
from graphcdp.cli.identity import try_rules as try_rules
from graphcdp.cli.identity import undo as undo
from graphcdp.cli.identity.group import identity

__all__ = ["identity"]
