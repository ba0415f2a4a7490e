"""The files of the seed luma: deterministic, believable, and all of them readable but for the rows wrong on purpose."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graphcdp.base import ConfigurationError, NotFoundError
from graphcdp.identity.rules.admit import Admitted, Gate
from graphcdp.identity.rules.files import read_rules
from graphcdp.ingest.files import preview_file
from graphcdp.ingest.seed_files import sample_file
from graphcdp.ingest.seeds import Seed, SeedFile, history_of, new_anchor, population_files, story_files
from graphcdp.ingest.story import up_to
from graphcdp.model import Fact
from graphcdp.sources import compile_rows, read_rows

ANCHOR = datetime(2026, 11, 24, 20, tzinfo=UTC)
NOW = ANCHOR + timedelta(minutes=20)


@pytest.fixture(scope="module")
def seed() -> Seed:
    return Seed.load("luma")


@pytest.fixture(scope="module")
def files(seed: Seed, tmp_path_factory: pytest.TempPathFactory) -> list[SeedFile]:
    """Scale 1 and the whole story."""
    cache = tmp_path_factory.mktemp("cache")
    return [*population_files(seed, cache, ANCHOR, 0, 1), *story_files(seed, cache, ANCHOR, seed.chapters)]


_READ: dict[Path, list[Fact]] = {}


def facts_of(file: SeedFile) -> list[Fact]:
    """Read a file's facts, each file once."""
    if file.path not in _READ:
        _READ[file.path] = _read(file)
    return _READ[file.path]


def _read(file: SeedFile) -> list[Fact]:
    read = compile_rows(file.definition, file.path.name)
    found = [
        read(row, number, NOW)
        for chunk in read_rows(file.definition, str(file.path))
        for row, number in zip(chunk.rows, chunk.numbers, strict=True)
    ]
    return [fact for fact in found if isinstance(fact, Fact)]


def test_the_same_anchor_and_scale_give_the_same_bytes(seed: Seed, files: list[SeedFile], tmp_path: Path) -> None:
    again = [*population_files(seed, tmp_path, ANCHOR, 0, 1), *story_files(seed, tmp_path, ANCHOR, seed.chapters)]
    assert [file.title for file in again] == [file.title for file in files]
    assert [file.path.read_bytes() for file in again] == [file.path.read_bytes() for file in files]


def test_a_larger_scale_adds_people_and_changes_none(seed: Seed, tmp_path: Path) -> None:
    history = history_of(seed)
    first, second = (history(seed.folder, ANCHOR.date(), part, 50) for part in (0, 1))
    customers = [
        {row["CUSTOMER_NO"] for row in rows["luma_crm"] if not isinstance(row, str)} for rows in (first, second)
    ]
    assert len(customers[0]) >= 50
    assert not (customers[0] & customers[1]) - {"C-202003"}
    hits = [{row["hit_id"] for row in rows["luma_web"] if not isinstance(row, str)} for rows in (first, second)]
    assert not hits[0] & hits[1]


def test_every_row_is_a_fact_but_for_those_wrong_on_purpose(seed: Seed, files: list[SeedFile]) -> None:
    planted = sys.modules[history_of(seed).__module__].PLANTED
    refused: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    rows = 0
    for file in files:
        preview = preview_file(file.path, file.definition, NOW)
        rows += preview.rows
        refused[file.definition.source] += sum(preview.rejected.values())
        codes += preview.rejected
    assert +refused == Counter(planted)
    assert set(codes) == {"bad_row", "bad_time", "no_identity"}
    assert 40_000 <= rows <= 60_000


def test_the_population_is_believable(files: list[SeedFile]) -> None:
    facts = {file.title: facts_of(file) for file in files}
    every = [fact for one in facts.values() for fact in one]
    types = Counter(fact.type for fact in every if fact.type)
    web = Counter(fact.type for fact in facts["Web shop"])
    assert web["product_view"] > web["add_to_cart"] > web["checkout_start"] > web["purchase"] > 800
    assert types["purchase"] > 2000
    assert types["email_sent"] > types["email_open"] > types["email_click"] > 200
    assert types["return"] > 50 and types["call"] > 100 and types["help_view"] > 200
    assert {fact.channel for fact in every} == {"web", "mobile", "email", "store", "call_centre", "loyalty"}
    assert all(fact.ts <= ANCHOR for fact in every)
    assert min(fact.ts for fact in every) > ANCHOR - timedelta(days=368)
    recent = [fact for fact in facts["Web shop"] if fact.ts > ANCHOR - timedelta(days=7)]
    assert Counter(fact.type for fact in recent)["add_to_cart"] > 10
    december = sum(fact.ts.month == 12 for fact in facts["Web shop"])
    august = sum(fact.ts.month == 8 for fact in facts["Web shop"])
    assert december > 1.5 * august


def test_the_hard_cases_are_there(files: list[SeedFile], seed: Seed) -> None:
    facts = {file.title: facts_of(file) for file in files}
    web = facts["Web shop"]
    logins: dict[str, set[str]] = {}
    for fact in web:
        ids = dict(fact.identities)
        if "crm_id" in ids and "ecid" in ids:
            logins.setdefault(ids["ecid"], set()).add(ids["crm_id"])
    assert sum(len(people) == 2 for people in logins.values()) > 25, "tablets that two people log in on"
    known = {ecid for ecid, people in logins.items() if people}
    assert len({dict(fact.identities)["ecid"] for fact in web} - known) > 1000, "visitors who never log in"
    assert len(web) - len({fact.id for fact in web}) > 100, "hits exported twice"
    late = sum(later.ts > earlier.ts + timedelta(hours=12) for earlier, later in zip(web[1:], web, strict=False))
    assert late > 50, "hits that come days late"
    guests = [fact for fact in web if {"email", "ecid"} == dict(fact.identities).keys()]
    assert len(guests) > 100, "guests who leave an address"
    gate = Gate(read_rules(seed.rules))
    emails = [key for fact in facts["CRM contacts"] for key in fact.identities if key.namespace == "email"]
    assert sum(not isinstance(gate.admit((key,)), Admitted) for key in emails) > 5, "addresses that are nobody's"
    assert sum(key.value.endswith((".cmo", ".ogr", ".nte")) for key in emails) > 5, "addresses with a typo"


def test_the_rules_take_what_the_sources_state(files: list[SeedFile], seed: Seed) -> None:
    gate = Gate(read_rules(seed.rules))
    refused = [gate.admit(fact.identities) for file in files for fact in facts_of(file)]
    codes = Counter(each.code for each in refused if not isinstance(each, Admitted))
    assert set(codes) <= {"no_identity"}  # a guest who types test@test.com at a till, a bounce of nobody's address
    assert codes["no_identity"] < 100


def test_samples_are_what_the_generator_writes(seed: Seed) -> None:
    for definition in seed.sources:
        path = sample_file(definition)
        assert path is not None
        preview = preview_file(path, definition, NOW)
        assert (preview.rows, preview.facts, preview.rejected) == (12, 12, Counter())


def test_the_story_says_who_sarah_is(seed: Seed, files: list[SeedFile]) -> None:
    sarah = [
        fact
        for file in files
        if file.title.startswith("L") and file.path.parent.parent.name == "story"
        for fact in facts_of(file)
    ]
    gate = Gate(read_rules(seed.rules))
    keys = {key for fact in sarah for key in gate.admit(fact.identities).keys}  # type: ignore[union-attr]
    assert keys == {
        "crm_id|C-104187",
        "loyalty_id|LB-310442",
        "email|sarah.rose@example.com",
        "phone|+442079460142",
        "device_id|5D0C7A41-9B2E-4F18-A6D3-27C1E0B8F944",
        "ecid|68392017455120384417920164830275519284",
        "ecid|30177264880915530274461598203317744126",
        "ecid|12905563847710264938820574416093357281",
    }
    bought = Counter((f.properties.get("category"), f.properties.get("size")) for f in sarah if f.type == "purchase")
    assert bought == {("women", "S"): 7, ("men", "L"): 1}
    assert max(fact.ts for fact in sarah) < ANCHOR


def test_nobody_else_is_sarah(files: list[SeedFile]) -> None:
    others = {
        str(key) for file in files if "part-" in str(file.path) for fact in facts_of(file) for key in fact.identities
    }
    assert not {
        key for key in others if "104187" in key or "310442" in key or "sarah.rose" in key or "7946 0142" in key
    }


def test_a_chapter_is_dated_from_the_anchor(seed: Seed, files: list[SeedFile]) -> None:
    (first,) = [file for file in files if file.title == "L1 Web shop"]
    assert facts_of(first)[0].ts == datetime(2026, 11, 22, 18, 4, 10, tzinfo=UTC)
    (contact,) = [fact for file in files if file.title == "L3 CRM contacts" for fact in facts_of(file)]
    assert contact.ts == datetime(2026, 9, 22, 13, 20, tzinfo=UTC)  # 14:20 in London, in summer
    assert contact.attributes["customer_since"] == "2023-10-25"
    assert new_anchor(datetime(2026, 11, 24, 20, 59, 59, tzinfo=UTC)) == ANCHOR


def test_up_to_plays_in_order(seed: Seed) -> None:
    assert [chapter.name for chapter in up_to(seed.chapters, "L2")] == ["L0", "L1", "L2"]
    with pytest.raises(ConfigurationError, match="no row L77; it has L0, L1"):
        up_to(seed.chapters, "L77")


def test_an_unknown_seed_is_named() -> None:
    with pytest.raises(NotFoundError, match=r"no seed lima; there is .*luma"):
        Seed.load("lima")
