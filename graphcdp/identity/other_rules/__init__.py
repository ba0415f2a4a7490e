"""Other identity rules: simulated on the real graph, applied to it, and what differs."""
