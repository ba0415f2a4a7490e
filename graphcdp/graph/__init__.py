"""The graph: named Cypher statements, the connection, migrations, procedures. The only importer of `neo4j`."""

from graphcdp.graph.catalogue import Catalogue
from graphcdp.graph.connection import Graph, Question, Row, Transaction
from graphcdp.graph.errors import (
    ConstraintViolatedError,
    ProcedureMissingError,
    StatementMemoryError,
    StatementSyntaxError,
    StatementTimeoutError,
)
from graphcdp.graph.header import Column, Mode, Statement, parse_statement
from graphcdp.graph.migrate import MigrationError, MigrationReport, load_migrations, migrate
from graphcdp.graph.procedures import ProcedureReport, install_procedures
from graphcdp.graph.validate import Fault, InvalidStatementsError, require_valid, validate

__all__ = [
    "Catalogue",
    "Column",
    "ConstraintViolatedError",
    "Fault",
    "Graph",
    "InvalidStatementsError",
    "MigrationError",
    "MigrationReport",
    "Mode",
    "ProcedureMissingError",
    "ProcedureReport",
    "Question",
    "Row",
    "Statement",
    "StatementMemoryError",
    "StatementSyntaxError",
    "StatementTimeoutError",
    "Transaction",
    "install_procedures",
    "load_migrations",
    "migrate",
    "parse_statement",
    "require_valid",
    "validate",
]
