"""What every package stands on: settings, errors, clock, ids, log, places. Imports nothing else of graphcdp."""

from graphcdp.base.clock import Clock, MovableClock, SystemClock
from graphcdp.base.errors import (
    CDPError,
    ConfigurationError,
    ConflictError,
    GraphUnavailableError,
    InvalidInputError,
    NotFoundError,
    ServerError,
    StatementError,
    UnauthorizedError,
)
from graphcdp.base.log import configure_logging, logger
from graphcdp.base.places import data_folder
from graphcdp.base.settings import Settings, load_settings

__all__ = [
    "CDPError",
    "Clock",
    "ConfigurationError",
    "ConflictError",
    "GraphUnavailableError",
    "InvalidInputError",
    "MovableClock",
    "NotFoundError",
    "ServerError",
    "Settings",
    "StatementError",
    "SystemClock",
    "UnauthorizedError",
    "configure_logging",
    "data_folder",
    "load_settings",
    "logger",
]
