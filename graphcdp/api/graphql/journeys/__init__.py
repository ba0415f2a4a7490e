"""Journeys in GraphQL: a module an analysis."""
