"""Destinations in GraphQL: what there is, what goes there."""
