"""The two evaluators of a rule, over everybody and over one person, and why somebody fulfils it."""
