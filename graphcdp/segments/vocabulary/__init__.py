"""What rules may speak of in one graph, and whether a rule fits it."""
