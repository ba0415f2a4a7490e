"""Questions about who is who: why, why not, since when, and what was known at an earlier instant."""
