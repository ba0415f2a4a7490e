"""The command line. A module of commands hangs them on `frame.app`; it is registered by its import here, one line."""

from graphcdp.cli import migrate as migrate
from graphcdp.cli import server as server
from graphcdp.cli.frame import app, main

__all__ = ["app", "main"]
