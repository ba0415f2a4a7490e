"""The kinds of destinations: what each speaks, and what all of them are."""
