"""Delivery: what is queued, who is to be told what, and the worker of each destination."""
