"""The rule of a segment: its tree, its text, its JSON, its names, and what is said about a text that is none."""
