"""What destinations do without a graph: hashing, mappings, seals, waits."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from graphcdp.base import ConfigurationError, load_settings
from graphcdp.destinations import DestinationError, Patience, Remind
from graphcdp.destinations.definition import mapping
from graphcdp.destinations.delivery.queue import due
from graphcdp.destinations.kinds.hashing import hashed, normal_email, normal_phone
from graphcdp.destinations.secrets import Sealer
from tests.make import NOON, fact


@pytest.mark.parametrize(
    ("said", "normal"),
    [
        (" Sarah.Rose@Example.COM ", "sarah.rose@example.com"),
        ("Sarah.Rose+gifts@GMail.com", "sarahrose@gmail.com"),
        ("a.b@googlemail.com", "ab@googlemail.com"),
        ("a.b+c@example.com", "a.b+c@example.com"),
        ("nobody", None),
        ("@example.com", None),
        ("a@localhost", None),
    ],
)
def test_emails_are_normalised_as_networks_do(said: str, normal: str | None) -> None:
    assert normal_email(said) == normal
    wanted = None if normal is None else hashlib.sha256(normal.encode()).hexdigest()
    assert hashed("email", said) == wanted


def test_phone_numbers_are_taken_in_e164_only() -> None:
    assert normal_phone("+44 7700 900-123") == "+447700900123"
    assert normal_phone("07700 900123") is None
    assert hashed("crm_id", "1") is None


def test_a_mapping_says_what_is_read_and_what_it_is_called() -> None:
    assert [str(one) for one in mapping(["profile.first_name", "identity.email=to", "bought"])] == [
        "profile.first_name=first_name",
        "identity.email=to",
        "bought=bought",
    ]
    for wrong, why in (
        (["profile.First"], "which there is not"),
        (["bought=a", "identities=a"], "gives a twice"),
        (["bought=a;b"], "no name of a field"),
    ):
        with pytest.raises(DestinationError, match=why):
            mapping(wrong)


def test_secrets_open_with_their_own_key_only(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    sealed = Sealer.load(settings).seal({"secret": "one"})
    assert sealed is not None
    assert "one" not in sealed
    assert Sealer.load(settings).open(sealed) == {"secret": "one"}
    assert (tmp_path / "secrets.key").stat().st_mode & 0o777 == 0o600
    other = load_settings(home=tmp_path, secrets_key=SecretStr("another"))
    with pytest.raises(ConfigurationError, match="sealed with another key"):
        Sealer.load(other).open(sealed)


def test_waits_double_up_to_a_most() -> None:
    patience = Patience(first_seconds=1, most_seconds=60)
    for attempts, longest in ((1, 1), (2, 2), (5, 16), (30, 60)):
        for _ in range(50):
            assert longest / 2 <= patience.wait(attempts).total_seconds() <= longest


def test_a_wish_is_due_on_the_day_it_names_else_after_some_days() -> None:
    remind = Remind("reminder_request", "remind_on", 10)
    nine = datetime(2027, 2, 28, 9, tzinfo=UTC)
    assert due(fact("email|a@b.c", properties={"remind_on": "2027-02-28"}), remind) == nine
    assert due(fact("email|a@b.c", properties={"remind_on": "2027-02-28T09:00:00+00:00"}), remind) == nine
    for said in ({}, {"remind_on": "soon"}, {"remind_on": 5}):
        assert (due(fact("email|a@b.c", properties=said), remind) - NOON).days == 10
