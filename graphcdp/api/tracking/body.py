"""The JSON in a body, read so that one wrong number spoils only its own call."""

from __future__ import annotations

import json
from typing import Any

import orjson

from graphcdp.base import InvalidInputError


class MalformedError(InvalidInputError):
    """A body is not JSON; says where."""

    code = "malformed"


def decode(body: bytes) -> Any:
    """Read JSON.

    NaN, Infinity, integers of any size and half characters pass, since a batch around them may be good: the call that
    holds one is refused later, by its field.

    Raises:
        MalformedError: it is not JSON; the sentence names line and column.
    """
    if not body.strip():
        raise MalformedError("The body is empty; send a call as JSON.", line=1, column=1)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}. Correct it there.",
            line=error.lineno,
            column=error.colno,
        ) from None
    except UnicodeDecodeError as error:
        raise MalformedError(
            f"The body is not UTF-8 text: byte {error.start + 1} is wrong. Send JSON in UTF-8.", position=error.start
        ) from None
    except RecursionError:
        raise MalformedError("The body is nested too deep to be read; send it flatter.") from None
    except ValueError as error:
        raise MalformedError(f"The body is not JSON: {error}. Correct it.") from None
