"""The commands `segment`.

A module a subject, each hanging its commands on `group.segment`; it is registered by its import here, one line.
"""

from graphcdp.cli.segment import language as language
from graphcdp.cli.segment import segments as segments
from graphcdp.cli.segment.group import segment

__all__ = ["segment"]
