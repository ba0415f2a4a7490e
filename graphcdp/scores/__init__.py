"""Scores that no rule says in a sentence: departures from a habit, likeness, propensity; each with its reasons."""

from graphcdp.scores.habits import Departure, HabitChange, habit_change
from graphcdp.scores.look_alike import Factor, LookAlike, LookAlikes
from graphcdp.scores.propensity import Inclined, Propensity
from graphcdp.scores.scoring import Scoring
from graphcdp.scores.store import Score, ScoreNotFoundError

__all__ = [
    "Departure",
    "Factor",
    "HabitChange",
    "Inclined",
    "LookAlike",
    "LookAlikes",
    "Propensity",
    "Score",
    "ScoreNotFoundError",
    "Scoring",
    "habit_change",
]
