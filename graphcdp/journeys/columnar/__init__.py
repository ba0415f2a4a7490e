"""A columnar projection of the events: the same analyses over a whole population, by DuckDB and arrays."""

from graphcdp.journeys.columnar.answers import ANSWERED
from graphcdp.journeys.columnar.engine import ENGINES, Engine, Engines, Projected, Shorter, Spoken
from graphcdp.journeys.columnar.errors import CannotAnswerError

__all__ = ["ANSWERED", "ENGINES", "CannotAnswerError", "Engine", "Engines", "Projected", "Shorter", "Spoken"]
