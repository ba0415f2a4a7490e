"""graphcdp: a graph-database identity and journey engine on Neo4j."""

__version__ = "0.1.0"
