"""Sources: definitions, readers and mapping. Rows in, facts out; no graph."""

from graphcdp.sources.definition import DEFAULT_TRACKING, FieldSpec, SourceDefinition
from graphcdp.sources.errors import FileFormatError, SourceDefinitionError
from graphcdp.sources.mapping import compile_rows, to_fact
from graphcdp.sources.reading import ROWS_PER_CHUNK, FileState, file_state, format_of, read_rows
from graphcdp.sources.rows import BrokenRow, Chunk, Row
from graphcdp.sources.tracking import parse_call, refuse
from graphcdp.sources.tracking_checks import Fault
from graphcdp.sources.values import WrongValueError
from graphcdp.sources.xdm import parse_event

__all__ = [
    "DEFAULT_TRACKING",
    "ROWS_PER_CHUNK",
    "BrokenRow",
    "Chunk",
    "Fault",
    "FieldSpec",
    "FileFormatError",
    "FileState",
    "Row",
    "SourceDefinition",
    "SourceDefinitionError",
    "WrongValueError",
    "compile_rows",
    "file_state",
    "format_of",
    "parse_call",
    "parse_event",
    "read_rows",
    "refuse",
    "to_fact",
]
