"""Reports of long analyses: how far they have come, what they found, stopping them."""
