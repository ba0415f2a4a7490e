"""Cursors of lists of people and events: those of `graphcdp.base.paging`."""

from graphcdp.base.paging import (
    id_cursor,
    read_id_cursor,
    read_score_cursor,
    read_time_cursor,
    score_cursor,
    time_cursor,
)

__all__ = ["id_cursor", "read_id_cursor", "read_score_cursor", "read_time_cursor", "score_cursor", "time_cursor"]
