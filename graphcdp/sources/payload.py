"""A row as JSON text: what is kept of the input, whole for a fact, cut for a rejection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from graphcdp.sources.values import WrongValueError

MAX_ROW_BYTES = 1024 * 1024
MAX_REJECTED_PAYLOAD = 16 * 1024
_JSON = orjson.OPT_NON_STR_KEYS
_CANONICAL = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS


def _plain(value: Any) -> str:
    """Give orjson as text what it does not know: decimals, spans, bytes."""
    return value.hex() if isinstance(value, bytes) else str(value)


def row_json(row: Any, *, canonical: bool = False) -> str:
    """Write a row as JSON text.

    Args:
        row: any nested value; NaN becomes null, what JSON does not know becomes text.
        canonical: with sorted keys, so that the same content is the same text.

    Raises:
        WrongValueError: it holds bytes that are not of the file's encoding, or numbers beyond 64 bits.
    """
    try:
        return orjson.dumps(row, default=_plain, option=_CANONICAL if canonical else _JSON).decode()
    except TypeError as error:
        if "64-bit" in str(error):
            raise WrongValueError("bad_value", "The row holds a number beyond 64 bits; give it as text.") from None
        raise WrongValueError(
            "bad_row",
            "The row holds characters that are not of the file's encoding; correct csv.encoding or the source.",
        ) from None


def check_size(row: Mapping[str, Any], payload: str) -> None:
    """Refuse a row of more than 1 MiB.

    Raises:
        WrongValueError: it is larger; the largest field is named.
    """
    if len(payload) <= MAX_ROW_BYTES:
        return
    sizes = {name: len(orjson.dumps(value, default=_plain, option=_JSON)) for name, value in row.items()}
    largest = max(sizes, key=lambda name: sizes[name])
    raise WrongValueError(
        "too_large",
        f"A row may have {MAX_ROW_BYTES // 1024} KiB and this has {len(payload) // 1024}, most of it in {largest}; "
        "shorten it or leave the column out.",
        field=largest,
    )


def shown_payload(row: Any) -> str:
    """Write what could not be taken, as far as it can be shown, cut at 16 KiB and without null bytes."""
    if isinstance(row, bytes):
        text = row[: MAX_REJECTED_PAYLOAD + 1].decode(errors="replace")
    elif isinstance(row, str):
        text = row[: MAX_REJECTED_PAYLOAD + 1]
    else:
        try:
            text = row_json(row)
        except WrongValueError:
            text = repr(row)
    cut = text[: MAX_REJECTED_PAYLOAD + 1].replace("\0", "\ufffd").encode(errors="replace")
    return cut[:MAX_REJECTED_PAYLOAD].decode(errors="ignore")
