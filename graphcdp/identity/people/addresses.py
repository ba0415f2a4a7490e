"""Postal addresses as one line each, so that two spellings of one address are one."""

from __future__ import annotations

import re
import unicodedata

_WORDS = re.compile(r"[^\W_]+")
_SHORT = {
    "st": "street",
    "str": "street",
    "rd": "road",
    "ave": "avenue",
    "av": "avenue",
    "ln": "lane",
    "dr": "drive",
    "ct": "court",
    "pl": "place",
    "sq": "square",
    "cl": "close",
    "cres": "crescent",
    "gdns": "gardens",
    "ter": "terrace",
    "terr": "terrace",
    "blvd": "boulevard",
    "hwy": "highway",
    "apt": "flat",
    "apartment": "flat",
}
_COUNTRIES = {"UK": "GB", "UNITED KINGDOM": "GB", "GREAT BRITAIN": "GB", "USA": "US", "UNITED STATES": "US"}


def address_line(street: object, postal_code: object, country: object, default_country: str) -> str | None:
    """Return an address as `street|postal code|country`, normalised; None where street or postal code is missing.

    Case, accents, punctuation and usual abbreviations do not matter: "12, Mill Ln." is "12 mill lane", "ox1 4ab" is
    "OX14AB".

    Args:
        street: with the house number.
        postal_code: in any spacing.
        country: two letters, or one of the few names that are known; empty is the default.
        default_country: two letters.
    """
    words = [_SHORT.get(word, word) for word in _WORDS.findall(_plain(street).lower())]
    code = "".join(_WORDS.findall(_plain(postal_code))).upper()
    if not words or not code:
        return None
    land = " ".join(_WORDS.findall(_plain(country))).upper()
    return f"{' '.join(words)}|{code}|{_COUNTRIES.get(land, land) or default_country}"


def _plain(text: object) -> str:
    if text is None:
        return ""
    decomposed = unicodedata.normalize("NFKD", str(text))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
