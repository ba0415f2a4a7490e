"""Scores that no rule says in a sentence: departures from a habit, likeness, propensity; each with its reasons."""

from graphcdp.scores.habits import Departure, HabitChange, habit_change
from graphcdp.scores.scoring import Scoring
from graphcdp.scores.store import Score, ScoreNotFoundError

__all__ = ["Departure", "HabitChange", "Score", "ScoreNotFoundError", "Scoring", "habit_change"]
