"""What keeps the columnar engine from answering."""

from __future__ import annotations

from graphcdp.base import InvalidInputError


class CannotAnswerError(InvalidInputError):
    """The columnar engine cannot answer this; the other engine can."""

    code = "engine_cannot_answer"
