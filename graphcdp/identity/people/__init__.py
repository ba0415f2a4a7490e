"""People beyond shared identifiers: those who are likely one, and those who live together."""
