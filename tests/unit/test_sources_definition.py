"""Definitions of sources: the format of docs/sources.md, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcdp.sources import DEFAULT_TRACKING, FieldSpec, SourceDefinition, SourceDefinitionError

LEAST = "source: shop\nidentities: {email: EMAIL}\ntime: AT\n"


def refused(text: str) -> str:
    """Return the sentence that a wrong definition gives."""
    with pytest.raises(SourceDefinitionError) as caught:
        SourceDefinition.parse(text, "shop.yaml")
    assert caught.value.code == "source_definition"
    return caught.value.message


def test_the_least_definition_has_defaults() -> None:
    read = SourceDefinition.parse(LEAST)
    assert (read.title, read.dataset, read.channel, read.format, read.event, read.id) == (
        "shop",
        "shop",
        None,
        None,
        None,
        None,
    )
    assert read.identities == {"email": [FieldSpec(field="EMAIL")]}
    assert read.time is not None
    assert (read.time.field, read.time.format, read.time.timezone) == ("AT", "iso", "UTC")
    assert read.tracking == dict(DEFAULT_TRACKING)
    assert read.text == LEAST


def test_the_format_in_the_docs_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text()
    whole = page.split("```yaml\n")[1].split("```")[0]
    read = SourceDefinition.parse(whole)
    assert read.identities["phone"] == [FieldSpec(field="MOBILE"), FieldSpec(field="LANDLINE")]
    assert read.event is not None
    assert read.event.type == FieldSpec(field="hit_type", map={"prodView": "product_view", "scAdd": "add_to_cart"})
    assert read.csv.delimiter == ";"
    assert [spec.field for spec in read.id or ()] == ["CUSTOMER_NO", "LAST_MODIFIED"]


def test_a_definition_knows_its_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(LEAST)
    assert SourceDefinition.load(tmp_path / "shop.yaml").folder == tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST + "identites: {email: EMAIL}\n", "shop.yaml: identites is not a key of a source definition."),
        (LEAST + "identites: {email: EMAIL}\n", "Did you mean identities?"),
        (LEAST + "attributes: {age: {field: AGE, typ: integer}}\n", "attributes.age.typ is not a key"),
        (LEAST + "attributes: {age: {field: AGE, typ: integer}}\n", "Did you mean type?"),
        (LEAST + "event: {type: T, properties: {price: {fild: P}}}\n", "event.properties.price.fild"),
        (LEAST + "event: {type: T, properties: {price: {fild: P}}}\n", "Did you mean field?"),
        (LEAST.replace("EMAIL}", "{feld: EMAIL}}"), "identities.email.feld is not a key"),
        (LEAST + "csv: {delimeter: ';'}\n", "Did you mean delimiter?"),
        (LEAST + "csv: {delimiter: ';;'}\n", "csv.delimiter"),
        (LEAST + "csv: {encoding: utf-9}\n", "utf-9 is no text encoding"),
        (LEAST + "csv: {decimal: ',', thousands: ','}\n", "thousands and decimal are the same sign"),
        (LEAST + "format: parqet\n", "Did you mean parquet?"),
        (LEAST + "attributes: {age: {field: AGE, type: int}}\n", "Did you mean integer?"),
        (LEAST.replace("time: AT", "time: {field: AT, timezone: Europe/Lundon}"), "Europe/Lundon is no time zone"),
        (LEAST.replace("time: AT", "time: {field: AT, format: seconds}"), "seconds is no time format"),
        (LEAST.replace("source: shop", "source: My Shop"), "source: names are lower-case letters"),
        (LEAST.replace("source: shop\n", ""), "source is missing"),
        (LEAST.replace("time: AT\n", ""), "time is missing; name the column"),
        (LEAST.replace("identities: {email: EMAIL}\n", ""), "identities are missing; name at least one"),
        (LEAST + "attributes: {age: {type: integer}}\n", "give either field (a column) or value (a constant)"),
        (LEAST + "attributes: {age: {field: A, value: 3}}\n", "give either field (a column) or value (a constant)"),
        (LEAST + "attributes: {tags: 'tags[*]'}\n", "attributes.tags would have several values"),
        (LEAST + "id: [{field: A, split: ','}]\n", "id[0] would have several values"),
        (LEAST + "id: [{field: A, empty: clear}]\n", "id[0] says empty: clear, which only attributes can"),
        (LEAST + "attributes: {born: {field: B, format: '%d'}}\n", "format goes with type: date"),
        (LEAST + "attributes: {age: {value: old, type: integer}}\n", "attributes.age: It is no integer"),
        (LEAST + "format: ndjson\nattributes: {size: 'items[x].size'}\n", "items[x].size is no path"),
        (LEAST + "attributes: {First Name: N}\n", "attributes.First Name: names are lower-case letters"),
        (LEAST + "attributes: {1st: N}\n", "attributes.1st: names are lower-case letters"),
        (LEAST + "source: again\n", "the key source is written twice"),
        ("source: [shop\n", "is not the YAML it should be in line 2"),
        ("- a\n", "does not describe a source"),
        ("source: s\nformat: tracking\ntime: at\n", "time does not go with format: tracking"),
        ("source: s\nformat: xdm\nidentities: {ecid: ECID}\n", "identities does not go with format: xdm"),
    ],
)
def test_a_wrong_definition_is_a_sentence(text: str, said: str) -> None:
    message = refused(text)
    assert message.startswith("shop.yaml")
    assert said in message


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceDefinitionError, match="There is no source definition at"):
        SourceDefinition.load(tmp_path / "none.yaml")


def test_yaml_is_read_as_people_mean_it() -> None:
    read = SourceDefinition.parse(
        LEAST + "attributes: {a: {field: A, map: {yes: on, 0123: 007, 1: true, 2026-01-01: no}}}\n"
    )
    assert read.attributes["a"].map == {"yes": "on", "0123": "007", "1": True, "2026-01-01": "no"}


def test_a_live_source_needs_no_identities() -> None:
    read = SourceDefinition.parse("source: site\ntracking: {anonymousId: ecid, userId: crm_id}\n")
    assert read.tracking == {"anonymousId": "ecid", "userId": "crm_id"}
    assert read.identities == {}
