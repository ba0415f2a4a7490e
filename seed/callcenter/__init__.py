"""A telecom's year of new customers: what drives their calls is planted, so that an analysis can be held against it."""
