"""Pictures are files that can be looked at, and say what the rows say."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from graphcdp.pictures import Flow, PictureError, bars, heat, lines, sankey

FLOWS = [
    Flow(0, "view", "cart", 50),
    Flow(0, "view", "(exit)", 50),
    Flow(1, "cart", "purchase", 35),
    Flow(0, "x", "y", 0),
]


def test_a_png_has_a_size_and_an_html_needs_nothing_from_the_internet(tmp_path: Path) -> None:
    picture = bars([{"label": "email", "value": 3}], title="Credit", axis="conversions")
    told = picture.save(tmp_path / "a.png").read_bytes()
    assert told.startswith(b"\x89PNG")
    assert min(struct.unpack(">II", told[16:24])) > 50
    page = picture.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Credit" in page
    assert "<script src=" not in page
    with pytest.raises(PictureError, match=r"a\.txt: a picture is a \.png"):
        picture.save(tmp_path / "a.txt")


def test_a_sankey_s_nodes_are_as_high_as_their_people() -> None:
    spec = sankey(FLOWS, title="Next").spec
    boxes = {one["label"]: one["height"] for one in spec["data"][1]["values"]}
    assert boxes.keys() == {"view  100", "cart  50", "(exit)  50", "purchase  35"}
    assert boxes["view  100"] == pytest.approx(2 * boxes["cart  50"])
    assert {one["told"] for one in spec["data"][0]["values"]} == {
        "view → cart: 50", "view → (exit): 50", "cart → purchase: 35",
    }  # fmt: skip
    svg = sankey(FLOWS, title="Next").svg()
    assert "purchase" in svg and "Next" in svg


def test_nothing_is_a_picture_too() -> None:
    assert "Nobody" in sankey([], title="Nobody").svg()
    assert "No rows" in bars([], title="No rows").svg()
    assert "Empty" in heat([], title="Empty", x="week", y="cohort").svg()
    assert "None" in lines([], [("size", "people")], title="None").svg()


def test_a_cell_without_a_value_is_not_drawn() -> None:
    rows = [{"cohort": "a", "week": 0, "value": 1.0}, {"cohort": "a", "week": 1, "value": None}]
    svg = heat(rows, title="Kept", x="week", y="cohort").svg()
    assert "100%" in svg
    assert "0%" not in svg.replace("100%", "")
