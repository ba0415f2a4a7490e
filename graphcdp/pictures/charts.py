"""Charts of rows: lines over time, bars, a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcdp.pictures.picture import VEGA_LITE, Picture

Row = Mapping[str, Any]
COLOURS = ("#2E6F9E", "#D9772B", "#3B8C5A", "#A23B72", "#6C5B9E", "#8A8A2B", "#C44E52", "#4C9FA6")
_CONFIG = {
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {"grid": True, "gridColor": "#EEEEEE", "labelFontSize": 11, "titleFontSize": 12},
    "range": {"category": list(COLOURS)},
    "title": {"anchor": "start", "fontSize": 15, "subtitleFontSize": 11, "subtitleColor": "#666666"},
}
_NARROW = 7


def lines(
    rows: Sequence[Row],
    panels: Sequence[tuple[str, str]],
    *,
    title: str,
    subtitle: str = "",
    x: str = "start",
    series: str = "series",
) -> Picture:
    """Return lines over time, a panel under the other.

    Args:
        rows: each with `x` (ISO time), `series`, and a value under the name of each panel; `<name>_low` and
            `<name>_high`, where they are, are drawn as a band.
        panels: name of the value, and what the axis says.
        title, subtitle: above it.
        x, series: names of these columns.
    """
    if not rows:
        return nothing(title)
    told = [dict(row) for row in rows]
    drawn: list[dict[str, Any]] = []
    for name, label in panels:
        axis = {"field": x, "type": "temporal", "title": None}
        colour = {"field": series, "type": "nominal", "title": None}
        layers: list[dict[str, Any]] = []
        if any(row.get(f"{name}_low") is not None for row in told):
            layers.append(
                {
                    "mark": {"type": "area", "opacity": 0.18},
                    "encoding": {
                        "x": axis, "y": {"field": f"{name}_low", "type": "quantitative", "title": label},
                        "y2": {"field": f"{name}_high"}, "color": colour,
                    },
                }
            )  # fmt: skip
        layers.append(
            {
                "mark": {"type": "line", "point": len(told) <= 120},
                "encoding": {
                    "x": axis, "y": {"field": name, "type": "quantitative", "title": label}, "color": colour,
                    "tooltip": [{"field": x, "type": "temporal"}, {"field": series}, {"field": name}],
                },
                "transform": [{"filter": f"isValid(datum['{name}'])"}],
            }
        )  # fmt: skip
        drawn.append({"width": 640, "height": 150, "layer": layers})
    return _picture({"data": {"values": told}, "vconcat": drawn}, title, subtitle)


def bars(
    rows: Sequence[Row],
    *,
    title: str,
    subtitle: str = "",
    label: str = "label",
    value: str = "value",
    series: str | None = None,
    axis: str = "",
) -> Picture:
    """Return horizontal bars in the order given; with a series, one beside the other.

    Args:
        rows: each with a label and a value, and the series.
        title, subtitle: above it.
        label, value, series: names of these columns.
        axis: what the values are.
    """
    if not rows:
        return nothing(title)
    told = [dict(row) for row in rows]
    encoding: dict[str, Any] = {
        "y": {"field": label, "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 320}},
        "x": {"field": value, "type": "quantitative", "title": axis},
        "tooltip": [{"field": name} for name in told[0]],
    }
    if series is not None:
        encoding |= {
            "yOffset": {"field": series, "sort": None},
            "color": {"field": series, "type": "nominal", "sort": None, "title": None},
        }
    return _picture({"data": {"values": told}, "width": 560, "mark": "bar", "encoding": encoding}, title, subtitle)


def heat(
    rows: Sequence[Row],
    *,
    title: str,
    subtitle: str = "",
    x: str,
    y: str,
    value: str = "value",
    form: str = ".0%",
) -> Picture:
    """Return a table whose cells are coloured by their value; a cell without a value stays white.

    Args:
        rows: each a cell.
        title, subtitle: above it.
        x, y, value: names of these columns.
        form: how a value is written, in d3's format.
    """
    if not rows:
        return nothing(title)
    told = [dict(row) for row in rows]
    slanted = any(len(str(row[x])) > _NARROW for row in told)  # else the names of columns lie over each other
    above = {"orient": "top", "grid": False, "labelAngle": -45 if slanted else 0, "labelLimit": 220}
    place = {
        "x": {"field": x, "type": "ordinal", "sort": None, "axis": above},
        "y": {"field": y, "type": "ordinal", "sort": None, "axis": {"grid": False}},
    }
    known = [{"filter": f"isValid(datum['{value}'])"}]
    largest = max((row[value] for row in told if row.get(value) is not None), default=0)
    dark = {"test": f"datum['{value}'] > {largest / 2}", "value": "white"}
    spec = {
        "data": {"values": told},
        "width": {"step": 46},
        "height": {"step": 26},
        "transform": known,
        "layer": [
            {
                "mark": "rect",
                "encoding": {
                    **place,
                    "color": {"field": value, "type": "quantitative", "legend": None, "scale": {"scheme": "blues"}},
                },
            },
            {"mark": {"type": "text", "fontSize": 11},
             "encoding": {**place, "text": {"field": value, "type": "quantitative", "format": form},
                          "color": {"condition": dark, "value": "#333333"}}},
        ],
    }  # fmt: skip
    return _picture(spec, title, subtitle)


def intervals(
    rows: Sequence[Row], *, title: str, subtitle: str = "", label: str, value: str, low: str, high: str, axis: str
) -> Picture:
    """Return ratios as points with their intervals, in the order given, on a logarithmic axis with a line at 1.

    Args:
        rows: each with a label, a ratio above 0 and the ends of its interval.
        title, subtitle: above it.
        label, value, low, high: names of these columns.
        axis: what the ratios are.
    """
    told = [dict(row) for row in rows]
    if not told:
        return nothing(title)
    place = {"field": label, "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 320}}
    scale = {"type": "log", "nice": False}
    colour = {"condition": {"test": f"datum['{value}'] > 1", "value": COLOURS[1]}, "value": COLOURS[0]}
    spec = {
        "data": {"values": told},
        "width": 560,
        "encoding": {"y": place},
        "layer": [
            {"mark": {"type": "rule", "color": "#999999"}, "data": {"values": [{}]},
             "encoding": {"x": {"datum": 1, "type": "quantitative", "scale": scale}, "y": None}},
            {"mark": {"type": "rule", "strokeWidth": 2},
             "encoding": {"x": {"field": low, "type": "quantitative", "title": axis, "scale": scale},
                          "x2": {"field": high}, "color": colour}},
            {"mark": {"type": "point", "filled": True, "size": 70},
             "encoding": {"x": {"field": value, "type": "quantitative", "scale": scale}, "color": colour,
                          "tooltip": [{"field": name} for name in told[0]]}},
        ],
    }  # fmt: skip
    return _picture(spec, title, subtitle)


def nothing(title: str) -> Picture:
    """Return the picture of an answer in which nothing happened: it says so."""
    mark = {"type": "text", "text": "Nothing happened that was asked for.", "fontSize": 12, "color": "#666666",
            "align": "left", "x": 0}  # fmt: skip
    return _picture({"data": {"values": [{}]}, "width": 320, "height": 40, "mark": mark}, title, "")


def _picture(spec: Mapping[str, Any], title: str, subtitle: str) -> Picture:
    head = {"text": title, "subtitle": subtitle} if subtitle else {"text": title}
    return Picture(
        {"$schema": VEGA_LITE, "title": head, "config": _CONFIG, "background": "white", "padding": 12, **spec}
    )
