"""Governance in GraphQL: policies, consent, access and erasure, the flow of data."""
