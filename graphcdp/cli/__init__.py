"""The command line. A module of commands hangs them on `frame.app`; it is registered by its import here, one line."""

from graphcdp.cli import activate as activate
from graphcdp.cli import attribute as attribute
from graphcdp.cli import demo as demo
from graphcdp.cli import destination as destination
from graphcdp.cli import governance as governance
from graphcdp.cli import identity as identity
from graphcdp.cli import ingest as ingest
from graphcdp.cli import journey as journey
from graphcdp.cli import migrate as migrate
from graphcdp.cli import offer as offer
from graphcdp.cli import profile as profile
from graphcdp.cli import schema as schema
from graphcdp.cli import score as score
from graphcdp.cli import seed as seed
from graphcdp.cli import segment as segment
from graphcdp.cli import serve as serve
from graphcdp.cli import server as server
from graphcdp.cli import trigger as trigger
from graphcdp.cli.frame import app, main

__all__ = ["app", "main"]
