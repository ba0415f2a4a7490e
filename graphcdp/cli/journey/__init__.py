"""The commands `journey`.

A module a subject, each hanging its commands on `group.journey`; it is registered by its import here, one line.
"""

from graphcdp.cli.journey import attribution as attribution
from graphcdp.cli.journey import channels as channels
from graphcdp.cli.journey import compare as compare
from graphcdp.cli.journey import drivers as drivers
from graphcdp.cli.journey import flow as flow
from graphcdp.cli.journey import funnel as funnel
from graphcdp.cli.journey import pattern as pattern
from graphcdp.cli.journey import project as project
from graphcdp.cli.journey import publish as publish
from graphcdp.cli.journey import retention as retention
from graphcdp.cli.journey import sessions as sessions
from graphcdp.cli.journey import stitching as stitching
from graphcdp.cli.journey import timeline as timeline
from graphcdp.cli.journey.group import journey

__all__ = ["journey"]
