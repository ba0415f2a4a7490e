"""The audit: every change of a profile, who or what caused it, and how others follow it."""
