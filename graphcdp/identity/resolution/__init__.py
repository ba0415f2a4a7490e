"""Who is who as facts come in: what a batch does to profiles, links and attributes."""
