"""What can be wrong with a source's definition or with a file as a whole."""

from __future__ import annotations

from graphcdp.base import ConfigurationError, InvalidInputError


class SourceDefinitionError(ConfigurationError):
    """A source's definition is wrong; the message names the file, the key and what to do."""

    code = "source_definition"


class FileFormatError(InvalidInputError):
    """A file cannot be read as its definition says; the message names what was found instead."""

    code = "file_format"
