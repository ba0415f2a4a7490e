"""Emails and phone numbers as advertising networks match them: normalised, then SHA-256 in small hex digits."""

from __future__ import annotations

import hashlib
import re

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def normal_email(value: str) -> str | None:
    """Return an address as it is to be hashed; None if it is none.

    Blanks go, letters become small; of Gmail addresses the dots and what follows a plus sign in the first part go too.
    Source: Google Ads API, "Customer Match": normalise before hashing.
    """
    name, sign, domain = value.strip().lower().replace(" ", "").rpartition("@")
    if not sign or not name or "." not in domain:
        return None
    if domain in _GMAIL:
        name = name.split("+", 1)[0].replace(".", "")
    return f"{name}@{domain}" if name else None


def normal_phone(value: str) -> str | None:
    """Return a number in E.164 (`+447700900123`); None if it is not in that form already, as identities are."""
    number = re.sub(r"[\s().-]", "", value)
    return number if _E164.fullmatch(number) else None


def sha256(value: str) -> str:
    """Return the hash as 64 small hex digits."""
    return hashlib.sha256(value.encode()).hexdigest()


def hashed(namespace: str, value: str) -> str | None:
    """Return the hash of an email or a phone number; None where it cannot be matched."""
    normal = normal_email(value) if namespace == "email" else normal_phone(value) if namespace == "phone" else None
    return None if normal is None else sha256(normal)
