"""Who is who by definition: facts replayed in event time under rules and decisions, region by region."""
