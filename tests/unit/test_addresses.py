"""Spellings of postal addresses."""

from __future__ import annotations

import pytest

from graphcdp.identity.people.addresses import address_line


@pytest.mark.parametrize(
    ("street", "postal_code", "country"),
    [
        ("12 Mill Lane", "OX1 4AB", "GB"),
        ("12, Mill Ln.", "ox14ab", ""),
        (" 12  MILL LANE ", "OX1-4AB", "United Kingdom"),
        ("12 Mill Lane", "ox1 4ab", None),
    ],
)
def test_spellings_of_one_address_are_one(street: str, postal_code: str, country: str | None) -> None:
    assert address_line(street, postal_code, country, "GB") == "12 mill lane|OX14AB|GB"


def test_accents_do_not_matter_and_countries_do() -> None:
    assert address_line("3 Rue de l'Église", 75011, "fr", "GB") == "3 rue de l eglise|75011|FR"
    assert address_line("3 Rue de l'Église", 75011, None, "BE") == "3 rue de l eglise|75011|BE"


@pytest.mark.parametrize(
    ("street", "postal_code"), [(None, "OX1 4AB"), ("12 Mill Lane", None), ("--", "OX1"), ("", "")]
)
def test_half_an_address_is_none(street: str | None, postal_code: str | None) -> None:
    assert address_line(street, postal_code, "GB", "GB") is None
