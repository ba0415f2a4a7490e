"""The graph: named Cypher statements, the connection, migrations, procedures. The only importer of `neo4j`."""

from graphcdp.graph.catalogue import Catalogue
from graphcdp.graph.connection import Graph, Row, Transaction
from graphcdp.graph.errors import ConstraintViolatedError, StatementTimeoutError
from graphcdp.graph.header import Column, Mode, Statement, parse_statement
from graphcdp.graph.migrate import MigrationError, MigrationReport, load_migrations, migrate

__all__ = [
    "Catalogue",
    "Column",
    "ConstraintViolatedError",
    "Graph",
    "MigrationError",
    "MigrationReport",
    "Mode",
    "Row",
    "Statement",
    "StatementTimeoutError",
    "Transaction",
    "load_migrations",
    "migrate",
    "parse_statement",
]
