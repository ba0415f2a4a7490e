"""A real Neo4j on this machine from nothing: fetched, started, found again, stopped."""

from graphcdp.server.doctor import Check, examine
from graphcdp.server.embedded import EmbeddedNeo4j
from graphcdp.server.jars import JarCache, Progress
from graphcdp.server.password import password_file
from graphcdp.server.running import Running, Status

__all__ = ["Check", "EmbeddedNeo4j", "JarCache", "Progress", "Running", "Status", "examine", "password_file"]
