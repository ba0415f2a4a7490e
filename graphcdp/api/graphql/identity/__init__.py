"""Who is who in GraphQL."""
