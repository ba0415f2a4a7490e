"""Segments, computed attributes and scores in GraphQL."""
