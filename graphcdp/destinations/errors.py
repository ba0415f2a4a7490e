"""What can be wrong with destinations and what is sent to them."""

from __future__ import annotations

from graphcdp.base import CDPError, ConflictError, InvalidInputError, NotFoundError


class DestinationError(InvalidInputError):
    """A destination or an activation is not said as it must be."""

    code = "destination"


class DestinationNotFoundError(NotFoundError):
    """There is no such destination or activation."""

    code = "destination_not_found"


class ActivationRefusedError(ConflictError):
    """What stands forbids the activation: a policy, an archived segment, its end."""

    code = "activation_refused"


class DownError(CDPError):
    """A destination does not answer now, or asks to wait; the same may go through later.

    Attributes:
        retry_after: seconds that it asked to wait, if it said so.
    """

    code = "destination_down"
    retryable = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
