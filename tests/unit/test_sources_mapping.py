"""Rows to facts: every key of a definition, and every reason for which a row is refused."""

from __future__ import annotations

import datetime as dt
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from graphcdp.model import Device, Fact, IdentityKey, Rejection
from graphcdp.sources import BrokenRow, SourceDefinition, to_fact

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LEAST = "source: shop\ndataset: orders\nidentities: {email: EMAIL}\ntime: AT\n"
ROW = {"EMAIL": "sarah.rose@example.com", "AT": "2026-11-24T10:00:00Z"}


def fact(text: str, **cells: Any) -> Fact:
    """Map a row that goes in."""
    read = to_fact(SourceDefinition.parse(text), {**ROW, **cells}, 1, NOW)
    assert isinstance(read, Fact), read
    return read


def rejected(text: str, **cells: Any) -> tuple[str | None, str, str]:
    """Map a row that is refused: its field, code and reason."""
    read = to_fact(SourceDefinition.parse(text), {**ROW, **cells}, 12, NOW)
    assert isinstance(read, Rejection), read
    assert (read.source, read.dataset, read.row) == ("shop", "orders", "row 12")
    return read.field, read.code, read.reason


def test_a_whole_row() -> None:
    read = to_fact(
        SourceDefinition.parse(
            """
source: luma_web
dataset: hits
channel: web
identities: {ecid: visitor, crm_id: user.id, phone: [mobile, landline]}
time: {field: at, format: epoch_ms}
id: [{value: hit}, hit]
event:
  type: {field: hit_type, map: {prodView: product_view}}
  channel: {field: where, map: {APP: mobile}}
  products: "items[*].sku"
  properties:
    product: "items[0].sku"
    price: "items[0].price"
    quantity: "items[0].count"
    list: {field: list, type: string}
device: {id: visitor, name: browser}
attributes: {first_name: user.name, points: {field: user.points, type: integer}}
"""
        ),
        {
            "visitor": "e1", "user": {"id": 7, "name": " Sarah ", "points": "12.0"}, "mobile": "1", "landline": "2",
            "at": 1764000000000, "hit": "h9", "hit_type": "prodView", "where": "APP", "list": 4.0, "browser": "Safari",
            "items": [{"sku": "MH01", "price": 29, "count": 2.0}, {"sku": "MH02"}, {"sku": "MH01"}],
        },
        1,
        NOW,
    )  # fmt: skip
    assert isinstance(read, Fact)
    assert orjson.loads(read.payload)["items"][1] == {"sku": "MH02"}
    assert read == Fact(
        id="luma_web:hit:h9",
        ts=datetime(2025, 11, 24, 16, tzinfo=UTC),
        source="luma_web",
        dataset="hits",
        identities=(
            IdentityKey("ecid", "e1"),
            IdentityKey("crm_id", "7"),
            IdentityKey("phone", "1"),
            IdentityKey("phone", "2"),
        ),
        type="product_view",
        channel="mobile",
        properties={"product": "MH01", "price": 29.0, "quantity": 2, "list": "4"},
        products=("MH01", "MH02"),
        attributes={"first_name": "Sarah", "points": 12},
        device=Device("e1", "phone", "Safari"),
        payload=read.payload,
        row="row 1",
    )


def test_a_row_without_event_is_a_record() -> None:
    read = fact(LEAST + "channel: store\nattributes: {tier: TIER}\n", TIER="Bronze")
    assert (read.type, read.attributes, read.products, read.device) == (None, {"tier": "Bronze"}, (), None)


def test_without_an_id_the_content_is_the_id() -> None:
    one, same = fact(LEAST), to_fact(SourceDefinition.parse(LEAST), dict(reversed(ROW.items())), 5, NOW)
    other = fact(LEAST, MORE="x")
    assert isinstance(same, Fact)
    assert one.id.startswith("shop:")
    assert (one.id == same.id, one.id == other.id) == (True, False)


@pytest.mark.parametrize(
    ("time", "value", "ts"),
    [
        ("AT", "2026-11-24T10:00:00Z", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("AT", "2026-11-24 10:00:00.250+02:00", datetime(2026, 11, 24, 8, 0, 0, 250000, tzinfo=UTC)),
        ("AT", "2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("{field: AT, timezone: Europe/London}", "2026-07-01 10:00", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("{field: AT, timezone: Europe/London}", "2026-07-01T10:00Z", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        (
            "{field: AT, format: '%d.%m.%Y %H:%M', timezone: America/New_York}",
            "01.02.2026 19:30",
            datetime(2026, 2, 2, 0, 30, tzinfo=UTC),
        ),
        ("{field: AT, format: epoch_s}", "1764000000", datetime(2025, 11, 24, 16, tzinfo=UTC)),
        ("{field: AT, format: epoch_s}", 1764000000.5, datetime(2025, 11, 24, 16, 0, 0, 500000, tzinfo=UTC)),
        ("{field: AT, timezone: Asia/Tokyo}", datetime(2026, 1, 1, 9), datetime(2026, 1, 1, tzinfo=UTC)),
        ("AT", date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),
        ("AT", "2026-11-25T11:59:59Z", datetime(2026, 11, 25, 11, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_into_utc(time: str, value: object, ts: datetime) -> None:
    assert fact(LEAST.replace("time: AT", f"time: {time}"), AT=value).ts == ts


@pytest.mark.parametrize(
    ("time", "value", "said"),
    [
        ("AT", "", "There is no time in the row"),
        ("AT", None, "There is no time in the row"),
        ("AT", "24.11.2026", "It is not an ISO time such as 2026-11-24T10:00:00Z"),
        ("{field: AT, format: '%d.%m.%Y'}", "2026-11-24", "It is not written as %d.%m.%Y"),
        ("AT", "2026-11-25T12:00:01Z", "2026-11-25 12:00 UTC is more than a day in the future"),
        ("{field: AT, format: epoch_s}", "1764000000000000", "It is not written as epoch_s"),
        ("{field: AT, format: epoch_s}", "1764000000000", "It is not written as epoch_s"),
        ("{field: AT, format: epoch_ms}", "soon", "It is not written as epoch_ms"),
        ("AT", "0001-01-01T00:00:00+14:00", "It is not an ISO time"),
    ],
)
def test_a_wrong_time_is_rejected(time: str, value: object, said: str) -> None:
    field, code, reason = rejected(LEAST.replace("time: AT", f"time: {time}"), AT=value)
    assert (field, code) == ("AT", "bad_time")
    assert said in reason


@pytest.mark.parametrize(
    ("value", "text"),
    [("  x ", "x"), (123, "123"), (123.0, "123"), (1.5, "1.5"), (True, "true"), (Decimal("12"), "12"), ("007", "007")],
)
def test_identities_stay_as_written(value: object, text: str) -> None:
    assert fact(LEAST, EMAIL=value).identities == (IdentityKey("email", text),)


def test_several_identities_of_one_namespace() -> None:
    text = (
        "source: shop\ndataset: orders\ntime: AT\nidentities: {email: 'mails[*].at', phone: {field: P, split: '|'}}\n"
    )
    read = fact(text, mails=[{"at": "a@x.org"}, {"at": None}, {}, {"at": "b@x.org"}, {"at": "a@x.org"}], P="1| |2")
    assert [str(key) for key in read.identities] == ["email|a@x.org", "email|b@x.org", "phone|1", "phone|2"]


def test_nobody_is_rejected() -> None:
    field, code, reason = rejected(LEAST, EMAIL="  ")
    assert (field, code) == (None, "no_identity")
    assert "email" in reason


@pytest.mark.parametrize(
    ("spec", "value", "result"),
    [
        ("{field: V, type: integer}", "-42", -42),
        ("{field: V, type: integer}", 42.0, 42),
        ("{field: V, type: number}", "1e3", 1000.0),
        ("{field: V, type: number}", 3, 3.0),
        ("{field: V, type: boolean}", "Yes", True),
        ("{field: V, type: boolean}", 0, False),
        ("{field: V, type: string}", 5.0, "5"),
        ("{field: V, type: date}", "1990-05-01", "1990-05-01"),
        ("{field: V, type: date}", datetime(1990, 5, 1, 3, tzinfo=UTC), "1990-05-01"),
        ("{field: V, type: date, format: '%d/%m/%y'}", "01/05/90", "1990-05-01"),
        ("{field: V, map: {A: a}}", "A", "a"),
        ("{field: V, map: {A: a}}", "B", "B"),
        ("{field: V, map: {A: a, '*': other}}", "B", "other"),
        ("{field: V, map: {true: subscribed}}", True, "subscribed"),
        ("{field: V, map: {1: one}}", 1.0, "one"),
        ("{field: V, map: {A: 3}, type: integer}", "A", 3),
        ("{field: V, default: none}", "", "none"),
        ("{field: W, default: 5, type: integer}", "", 5),
        ("{field: V, split: ';', part: 1}", "a; b ;c", "b"),
        ("{value: 7}", "", 7),
        ("V", "  trimmed ", "trimmed"),
        ("V", 2.5, 2.5),
        ("V", True, True),
        ("V", date(2026, 1, 2), "2026-01-02"),
        ("V.inner[1]", {"inner": [1, 2]}, 2),
        ("V[0][1]", [[1, "x"]], "x"),
    ],
)
def test_a_field_spec_gives_a_value(spec: str, value: object, result: object) -> None:
    text = spec if spec.startswith("{") else repr(spec)
    read = fact(LEAST + f"attributes: {{v: {text}}}\n", V=value)
    assert read.attributes == {"v": result}
    assert type(read.attributes["v"]) is type(result)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ("V", "  "),
        ("V", None),
        ("missing", "x"),
        ("V.inner", "text"),
        ("V.inner[3].x", {"inner": [1]}),
        ("V[0]", {"0": 1}),
        ("{field: V, map: {A: a, '*': null}}", "B"),
        ("{field: V, split: ';', part: 4}", "a;b"),
    ],
)
def test_what_is_not_there_is_absent(spec: str, value: object) -> None:
    text = spec if spec.startswith("{") else repr(spec)
    assert fact(LEAST + f"attributes: {{v: {text}, w: {{value: 1}}}}\n", V=value).attributes == {"w": 1}


def test_an_empty_cell_clears_where_the_definition_says_so() -> None:
    text = LEAST + "attributes: {a: {field: A, empty: clear}, b: B}\n"
    assert fact(text, A=" ", B=" ").attributes == {"a": None}


def test_a_column_that_bears_the_name_of_a_path_wins() -> None:
    assert fact(LEAST + "attributes: {v: a.b}\n", **{"a.b": "column", "a": {"b": "path"}}).attributes == {"v": "column"}


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("csv: {decimal: ','}\n", "29,99", 29.99),
        ("csv: {decimal: ',', thousands: '.'}\n", "1.029,99", 1029.99),
        ("csv: {thousands: ','}\n", "1,029.99", 1029.99),
    ],
)
def test_numbers_are_read_as_the_file_writes_them(text: str, value: str, result: float) -> None:
    assert fact(LEAST + text + "attributes: {v: {field: V, type: number}}\n", V=value).attributes == {"v": result}


@pytest.mark.parametrize(
    ("spec", "value", "code", "said"),
    [
        ("{field: V, type: integer}", "12.5", "bad_value", "It is no integer"),
        ("{field: V, type: integer}", "9" * 19, "bad_value", "It is beyond 64 bits"),
        ("{field: V, type: integer}", "9" * 5000, "bad_value", "It is beyond 64 bits"),
        ("{field: V, type: number}", "29,99", "bad_value", "It is no number"),
        ("{field: V, type: number}", "nan", "bad_value", "It is no number"),
        ("{field: V, type: number}", "1e999", "bad_value", "It is too great for a number"),
        ("{field: V, type: number}", True, "bad_value", "It is no number"),
        ("{field: V, type: boolean}", "perhaps", "bad_value", "It is no boolean"),
        ("{field: V, type: date}", "tomorrow", "bad_value", "It is no date written as 2026-11-24"),
        ("{field: V, required: true}", "", "required", "It is required and empty"),
        ("V", math.nan, "bad_value", "It is NaN or infinite"),
        ("V", math.inf, "bad_value", "It is NaN or infinite"),
        ("V", Decimal("NaN"), "bad_value", "It is NaN or infinite"),
        ("V", "a\0b", "bad_value", "It holds a null byte"),
        ("V", "x" * 65537, "too_large", "It is larger than 64 KiB"),
        ("V", "ü" * 40000, "too_large", "It is larger than 64 KiB"),
        ("V", [1], "bad_value", "It is a list where one value is expected"),
        ("V", {"a": 1}, "bad_value", "It is an object where one value is expected"),
        ("V", b"bytes", "bad_value", "It is of the type bytes"),
        ("V", dt.timedelta(1), "bad_value", "It is of the type timedelta"),
    ],
)
def test_a_wrong_value_is_rejected_with_its_field(spec: str, value: object, code: str, said: str) -> None:
    for text, place in (
        (LEAST + f"attributes: {{v: {spec}}}\n", "attributes.v"),
        (LEAST + f"event: {{type: {{value: login}}, properties: {{v: {spec}}}}}\n", "event.properties.v"),
    ):
        field, found, reason = rejected(text, V=value)
        assert (field, found) == ("V", code)
        assert reason.startswith(f"V, read as {place}: {said}")


def test_numbers_beyond_64_bits_are_rejected() -> None:
    assert rejected(LEAST, V=2**70)[1] == "bad_value"


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"EMAIL": "x" * 513}, "EMAIL", "too_large"),
        ({"EMAIL": "a\0@x.org"}, "EMAIL", "bad_value"),
        ({"EMAIL": math.nan}, "EMAIL", "bad_value"),
        ({"UNUSED": "x" * 10_000_000}, "UNUSED", "too_large"),
        ({"UNUSED": "\udce9"}, None, "bad_row"),
    ],
)
def test_rows_that_cannot_be_kept_are_rejected(cells: dict[str, object], field: str | None, code: str) -> None:
    assert rejected(LEAST, **cells)[:2] == (field, code)


def test_what_a_column_nobody_reads_holds_is_kept_in_the_payload() -> None:
    read = fact(LEAST, UNUSED="a\0b", NAN=math.nan, AMOUNT=Decimal("1.10"), WHEN=datetime(2026, 1, 1, tzinfo=UTC))
    kept = orjson.loads(read.payload)
    assert "\0" not in read.payload
    assert (kept["NAN"], kept["AMOUNT"], kept["WHEN"]) == (None, "1.10", "2026-01-01T00:00:00+00:00")


def test_a_rejection_keeps_what_it_can_show() -> None:
    read = to_fact(SourceDefinition.parse(LEAST + "id: [NO]\n"), {**ROW, "NO": 1, "EMAIL": "x" * 70000}, 3, NOW)
    assert isinstance(read, Rejection)
    assert len(read.payload) == 16384
    assert read.fact_id == "shop:1"


def test_an_id_needs_all_its_parts() -> None:
    assert rejected(LEAST + "id: [NO, AT]\n", NO="")[:2] == ("id[0]", "no_id")
    assert rejected(LEAST + "id: [NO]\n", NO="9" * 600)[:2] == ("id", "too_large")
    assert fact(LEAST + "id: [NO, AT]\n", NO=7.0).id == "shop:7:2026-11-24T10:00:00Z"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Product Viewed", "product_viewed"),
        ("scAdd", "sc_add"),
        ("HTMLPage-2", "html_page_2"),
        ("404", "n_404"),
        ("login", "login"),
    ],
)
def test_types_are_put_in_snake_case(value: str, kind: str) -> None:
    assert fact(LEAST + "event: {type: T}\n", T=value).type == kind


@pytest.mark.parametrize("value", ["!!", "_"])
def test_what_cannot_be_a_type_is_rejected(value: str) -> None:
    assert rejected(LEAST + "event: {type: T}\n", T=value)[1] == "unknown_type"


def test_a_row_without_type_is_a_record_or_rejected() -> None:
    text = LEAST + "event: {type: T}\nattributes: {tier: TIER}\n"
    assert fact(text, T="", TIER="Gold").type is None
    assert rejected(text, T="", TIER="")[:2] == ("T", "no_type")


def test_rows_mapped_to_skip_are_left_out() -> None:
    read = to_fact(
        SourceDefinition.parse(LEAST + "event: {type: {field: T, map: {beacon: skip}}}\n"),
        {**ROW, "T": "beacon", "EMAIL": ""},
        1,
        NOW,
    )
    assert read is None


def test_devices_have_a_kind_by_channel() -> None:
    text = LEAST + "channel: call_centre\nevent: {type: {value: call}}\ndevice: {id: D}\n"
    assert fact(text, D="line-4").device == Device("line-4", "call_centre", None)
    assert fact(text, D="").device is None
    assert fact(text.replace("call_centre", "web"), D=4.0).device == Device("4", "browser", None)
    assert rejected(text, D="x" * 513)[:2] == ("device.id", "too_large")


def test_a_broken_row_is_a_rejection() -> None:
    read = to_fact(SourceDefinition.parse(LEAST), BrokenRow("It is broken.", b"\xff{\0"), 9, NOW)
    assert read == Rejection("shop", "orders", "row 9", None, "bad_row", "It is broken.", "\ufffd{\ufffd")


def test_calls_and_experience_events_in_files_are_read_by_the_code_for_live_ones() -> None:
    call = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1", "timestamp": ROW["AT"]}
    read = to_fact(SourceDefinition.parse("source: site\nformat: tracking\n"), call, 4, NOW)
    assert isinstance(read, Fact)
    assert (read.id, read.type, read.row, read.ts) == (
        "site:m1",
        "purchase",
        "row 4",
        datetime(2026, 11, 24, 10, tzinfo=UTC),
    )
    event = {
        "_id": "x1", "eventType": "web.webpagedetails.pageViews", "timestamp": ROW["AT"],
        "identityMap": {"ECID": [{"id": "e1"}]},
    }  # fmt: skip
    read = to_fact(SourceDefinition.parse("source: edge\nformat: xdm\n"), event, 5, NOW)
    assert isinstance(read, Fact)
    assert (read.id, read.type, read.row, read.identities) == (
        "edge:x1",
        "page_view",
        "row 5",
        (IdentityKey("ecid", "e1"),),
    )
    refused = to_fact(SourceDefinition.parse("source: site\nformat: tracking\n"), {"type": "track"}, 6, NOW)
    assert isinstance(refused, Rejection)
    assert refused.row == "row 6"
