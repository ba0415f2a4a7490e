"""What a person typed into a search box, as a query of the full-text index: no sign of theirs has a meaning there."""

from __future__ import annotations

import re

LONGEST = 200
_BREAKS = re.compile(r"[^\w.']+")  # where the index's analyzer splits text into words


def lucene_query(text: str) -> str | None:
    """Return a query that finds what holds all the words, the last one also as a beginning; None if there is no word.

    Args:
        text: as typed; only its first 200 characters count.

    Words are split as the index splits them (`sarah.rose@exam` is `sarah.rose` and the beginning `exam`), so that an
    address can be typed half.
    """
    words = [part for part in (piece.strip(".'_") for piece in _BREAKS.split(text[:LONGEST])) if part]
    if not words:
        return None
    *whole, last = words
    terms = [f'"{word}"' for word in whole]
    terms.append(f'("{last}" OR {_escaped(last.lower())}*)')
    return " AND ".join(terms)


def _escaped(word: str) -> str:
    return "".join(sign if sign.isalnum() else f"\\{sign}" for sign in word)
