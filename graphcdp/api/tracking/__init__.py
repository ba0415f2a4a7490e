"""Tracking over HTTP: Segment's and RudderStack's calls, Adobe XDM events, and what their browser SDKs ask for."""

from graphcdp.api.tracking.door import Door
from graphcdp.api.tracking.routes import tracking_routes

__all__ = ["Door", "tracking_routes"]
