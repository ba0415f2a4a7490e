"""A person's identifiers are taken out of what others said, in whatever spelling, and nothing else is."""

from __future__ import annotations

import orjson
import pytest

from graphcdp.governance.scrub import Scrub

KIM = Scrub(["email|kim.lee@shop.example", "phone|+442079460123", "user_id|77", "crm_id|1001001", "loyalty_id|KL-9"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("kim.lee@shop.example", "erased"),
        (" Kim.Lee@Shop.Example ", "erased"),
        ("email|kim.lee@shop.example", "erased"),
        ("/reset?mail=kim.lee%40shop.example&x=1", "/reset?mail=erased&x=1"),
        ("From: <KIM.LEE@shop.example>", "From: <erased>"),
        ("+44 20 7946 0123", "erased"),
        ("(020) 7946-0123", "erased"),
        ("tel:442079460123", "tel:erased"),
        ("77", "erased"),
        ("KL-9", "erased"),
        ("refers to KL-9.", "refers to erased."),
        ("order 1001001", "order erased"),
        ("77 pieces", "77 pieces"),
        ("7 77", "7 77"),
        ("1001001.50", "1001001.50"),
        ("21001001", "21001001"),
        ("tim.kim.lee@shop.example.org", "tim.erased.org"),
        ("020 7946 0124", "020 7946 0124"),
        ("2026-03-01", "2026-03-01"),
        ("", ""),
    ],
)
def test_a_text(text: str, left: str) -> None:
    assert KIM.text(text) == left
    assert KIM.has(text) is (left != text)


def test_a_payload_keeps_its_shape() -> None:
    said = {"a": ["Kim.Lee@shop.example", 77, 1001001, True, None, {"kl-9": 1.5}], "b": "77 pieces"}
    assert orjson.loads(KIM.payload(orjson.dumps(said).decode())) == {
        "a": ["erased", "erased", "erased", True, None, {"erased": 1.5}],
        "b": "77 pieces",
    }
    untouched = '{ "b" : "77 pieces" }'
    assert KIM.payload(untouched) == untouched
    assert KIM.payload("kim.lee@shop.example wrote") == "{}"
    assert KIM.payload("somebody wrote") == "somebody wrote"


def test_a_number_is_an_identifier_only_if_it_is_long() -> None:
    said = {"quantity": 77, "customer": 1001001, "vip": True, "note": "of KL-9", "none": None}
    assert KIM.scalars(said) == {"quantity": 77, "customer": None, "vip": True, "note": "of erased", "none": None}


def test_nobody_means_nothing() -> None:
    assert Scrub([]).text("kim.lee@shop.example") == "kim.lee@shop.example"
    assert Scrub([]).payload('{"a":1}') == '{"a":1}'
