"""Measures graphcdp on this machine: `python -m bench`. Every figure is a ratio of two things done in one run."""
