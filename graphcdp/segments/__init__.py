"""Segments: who fulfils a rule, right now, and why."""
