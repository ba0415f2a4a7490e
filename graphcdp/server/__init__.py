"""A real Neo4j on this machine from nothing: fetched, started, found again, stopped."""

from graphcdp.server.embedded import EmbeddedNeo4j, Running, Status
from graphcdp.server.jars import JarCache, Progress

__all__ = ["EmbeddedNeo4j", "JarCache", "Progress", "Running", "Status"]
