"""Rules tried on a history: what a line may look like, what is rejected and why, what the answer holds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import ConfigurationError, InvalidInputError
from graphcdp.identity import parse_rules, try_rules
from graphcdp.identity.trial.decided import parse_decisions
from tests import warm

RULES = """
max_links: 10
namespaces:
  - {name: crm_id, kind: person, unique: true}
  - {name: email, kind: person, unique: true, normalize: email}
  - {name: phone, kind: person, max_values: 2, normalize: phone}
  - {name: ecid, kind: cookie}
"""


def line(*identities: list[Any], t: Any = "2026-01-01T00:00:01Z", **more: Any) -> str:
    return json.dumps({"t": t, "identities": list(identities), **more})


ANA, BEN, E1 = ["crm_id", "ana"], ["crm_id", "ben"], ["ecid", "e1"]


def test_the_answer_names_profiles_links_owners_and_what_was_lost() -> None:
    lines = [line(ANA, E1), line(E1, t="2026-01-01T00:00:02Z"), line(BEN, E1, t="2026-01-01T01:00:03+01:00")]
    told = try_rules(RULES, lines).as_json()
    assert told["profiles"] == [["crm_id|ana"], ["crm_id|ben", "ecid|e1"]]
    first, third = "2026-01-01T00:00:01Z", "2026-01-01T00:00:03Z"
    assert told["links"] == [
        {
            "a": "crm_id|ana", "b": "ecid|e1", "state": "suppressed", "because": "unique:crm_id", "by_event": "3",
            "first_seen": first, "last_seen": first, "count": 1,
        },
        {
            "a": "crm_id|ben", "b": "ecid|e1", "state": "active", "because": None, "by_event": None,
            "first_seen": third, "last_seen": third, "count": 1,
        },
    ]  # fmt: skip
    assert told["rejected"] == []
    assert told["after"] == [
        {"id": "1", "t": first, "identities": {"crm_id|ana": "crm_id|ana", "ecid|e1": "crm_id|ana"},
         "events": {"1": "crm_id|ana"}},
        {"id": "2", "t": "2026-01-01T00:00:02Z", "identities": {"crm_id|ana": "crm_id|ana", "ecid|e1": "crm_id|ana"},
         "events": {"1": "crm_id|ana", "2": "crm_id|ana"}},
        {"id": "3", "t": third,
         "identities": {"crm_id|ana": "crm_id|ana", "ecid|e1": "crm_id|ben", "crm_id|ben": "crm_id|ben"},
         "events": {"1": "crm_id|ana", "2": "crm_id|ben", "3": "crm_id|ben"}},
    ]  # fmt: skip


def test_text_lines_read_as_json_lines_do() -> None:
    text = try_rules(
        RULES, ["# two", "", "CRMID: ana, E-mail: A@x.example , ECID: e1", "2026-01-01T00:05:00Z ecid: e2"]
    )
    assert [(fact.id, fact.ts.isoformat(), fact.keys) for fact in text.facts] == [
        ("3", "2026-01-01T00:00:00+00:00", ("crm_id|ana", "email|a@x.example", "ecid|e1")),
        ("4", "2026-01-01T00:05:00+00:00", ("ecid|e2",)),
    ]


def test_lines_without_a_time_are_a_minute_apart_and_keep_their_order_as_ids() -> None:
    trial = try_rules(RULES, [f"ECID: e{n}" for n in range(12)])
    assert [fact.id for fact in trial.facts] == [f"{n:02}" for n in range(1, 13)]
    assert {(b.ts - a.ts).total_seconds() for a, b in zip(trial.facts, trial.facts[1:], strict=False)} == {60.0}


def test_lines_out_of_time_are_played_in_event_time_and_ties_in_line_order() -> None:
    lines = [line(BEN, E1, t="2026-01-02T00:00:00Z"), line(ANA, E1), line(["crm_id", "zoe"], E1)]
    told = try_rules(RULES, lines).as_json()
    assert [step["id"] for step in told["after"]] == ["2", "3", "1"]
    assert told["profiles"] == [["crm_id|ana"], ["crm_id|ben", "ecid|e1"], ["crm_id|zoe"]]


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ("{bad", "bad_json", "not JSON"),
        ("[1]", "bad_json", "no JSON object"),
        ('"x"', "bad_json", "no JSON object"),
        ("[" * 100_000, "too_large", "longer than"),
        ('{"identities": [["ecid", "e1"]]}', "bad_time", "no time"),
        (line(E1, t="2026-01-01T00:00:01"), "bad_time", "no time zone"),
        (line(E1, t="yesterday"), "bad_time", "cannot be read"),
        (line(E1, t="2026-01-01"), "bad_time", "no time zone"),
        (line(E1, t=1767225600), "bad_time", "must be text"),
        (line(E1, t=None), "bad_time", "must be text"),
        (line(E1, t="0001-01-01T00:00:00+10:00"), "bad_time", "out of range"),
        (line(E1, t=float("nan")), "not_a_number", "NaN"),
        (line(["ecid", float("inf")]), "not_a_number", "Infinity"),
        (line(["ecid", True]), "bad_identity", "identity 1"),
        (line(["ecid", 1.5]), "bad_identity", "identity 1"),
        (line(["ecid"]), "bad_identity", "Identity 1"),
        (line({"namespace": "ecid"}), "bad_identity", "Identity 1"),  # type: ignore[arg-type]
        (line(["ecid", "\ud800"]), "bad_text", "surrogate"),
        (line(["ecid", "a\x00b"]), "null_byte", "null byte"),
        ('{"t": "2026-01-01T00:00:01Z"}', "bad_line", "no list of identities"),
        (line(), "no_identity", "no identity at all"),
        (line(["ecid", None]), "no_identity", "stands for nobody"),
        (line(["ecdi", "e1"]), "unknown_namespace", "Did you mean ecid?"),
        (line(ANA, BEN), "unique_conflict", "2 different values of crm_id"),
        (line(E1, id=""), "bad_id", "The id"),
        (line(E1, id={"a": 1}), "bad_id", "The id"),
        ("hello", "bad_line", "neither JSON nor"),
        ("2026-01-01 10:00 ECID: e1", "bad_time", "no time zone"),
        ("Fax: 1", "unknown_namespace", "Fax"),
    ],
)
def test_a_wrong_line_is_rejected_with_its_sentence_and_the_good_ones_count(wrong: str, code: str, words: str) -> None:
    trial = try_rules(RULES, [line(ANA, E1), wrong, line(ANA, ["ecid", "e2"])])
    assert [(each.line, each.code) for each in trial.rejected] == [(2, code)]
    assert words in trial.rejected[0].reason
    assert trial.profiles == (("crm_id|ana", "ecid|e1", "ecid|e2"),)


def test_the_same_id_again_is_a_duplicate_and_with_other_content_rejected() -> None:
    same = json.dumps({"id": "x", "identities": [E1, ANA], "t": "2026-01-01T01:00:01+01:00"})
    trial = try_rules(RULES, [line(ANA, E1, id="x"), same, line(BEN, E1, id="x")])
    assert [(each.line, each.id, each.code) for each in trial.left_out] == [(2, "x", "duplicate")]
    assert [(each.line, each.id, each.code) for each in trial.rejected] == [(3, "x", "different_content")]
    assert [link.count for link in trial.links] == [1]


def test_a_hub_makes_no_link_at_any_instant_unless_released() -> None:
    lines = [f"PHONE: +4477009{n:05}, ECID: shop" for n in range(11)] + ["CRM_ID: ana, ECID: shop"]
    trial = try_rules(RULES, lines)
    assert trial.hubs == ("ecid|shop",)
    assert {(link.state, link.because, link.by_event) for link in trial.links} == {("suppressed", "hub", None)}
    assert len(trial.profiles) == 13
    assert len(set(trial.after[1].identities.values())) == 3
    free = try_rules(RULES, lines, released=["ecid|shop"])
    assert free.hubs == ()
    assert len(free.profiles) < 13


def test_decisions_hold_and_wrong_ones_are_refused() -> None:
    rules = parse_rules(RULES)
    lines = ["CRM_ID: old, EMAIL: a@x.example", "CRM_ID: new, EMAIL: a@x.example", "CRM_ID: new, ECID: e1"]
    said = "rekey: [['crm_id|old', 'crm_id|new']]\ncut: [['crm_id|new', 'ecid|e1']]"
    decided = parse_decisions(rules, said)
    trial = try_rules(rules, lines, decisions=decided.decisions)
    assert trial.profiles == (("crm_id|new", "crm_id|old", "email|a@x.example"), ("ecid|e1",))
    with pytest.raises(InvalidInputError, match="more values of crm_id on one person"):
        parse_decisions(rules, "pin: [['crm_id|old', 'ecid|e1'], ['crm_id|new', 'ecid|e1']]")
    with pytest.raises(InvalidInputError, match="not in the identity rules"):
        parse_decisions(rules, "pin: [['fax|1', 'ecid|e1']]")
    for wrong, words in (
        ("pin: 1", "pin"),
        ("pins: []", "pins"),
        ("pin: [[a]]", "pin.0"),
        (": [", "not YAML"),
        ("- x", "write keys such as cut, pin"),
        ("[" * 3_000, "not YAML that can be read"),
        ("2026-99-99", "not YAML that can be read"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            parse_decisions(rules, wrong)


def test_owners_after_every_event_are_told_for_two_thousand_events_or_when_asked() -> None:
    lines = [f"ECID: e{n % 7}" for n in range(2_001)]
    (last,) = try_rules(RULES, lines).after
    assert (last.id, len(last.identities), len(last.events)) == ("2001", 7, 2_001)
    assert len(try_rules(RULES, lines[:2_000]).after) == 2_000
    assert [step.id for step in try_rules(RULES, lines[:3], steps=False).after] == ["3"]
    assert try_rules(RULES, []).after == ()
    assert try_rules(RULES, []).owners is None


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [warm.command(), "identity", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_reads_files_and_saves_cases_that_check_runs(tmp_path: Path) -> None:
    rules, events, case = tmp_path / "rules.yaml", tmp_path / "events.ndjson", tmp_path / "case.yaml"
    rules.write_text(RULES)
    events.write_bytes(line(ANA, E1).encode() + b"\n\xff\xfe\n" + line(BEN, E1).encode() + b"\n\n")
    done = run("try", "--rules", str(rules), "--events", str(events), "--save", str(case), "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["profiles"] == [["crm_id|ana"], ["crm_id|ben", "ecid|e1"]]
    assert [each["line"] for each in told["rejected"]] == [2]
    assert run("check", str(tmp_path / "case.yaml")).stdout.strip() == "1 of 1 passed."
    case.write_text(case.read_text().replace("ecid|e1: crm_id|ben", "ecid|e1: crm_id|ana"))
    failed = run("check", str(tmp_path), "--json")
    assert failed.returncode == 1
    results = {Path(each["path"]).name: each for each in json.loads(failed.stdout)["cases"]}
    assert results["case.yaml"]["differences"] == ["In the end ecid|e1 belongs to crm_id|ben, not to crm_id|ana."]
    assert not results["rules.yaml"]["passed"]


def test_the_command_shows_a_person_tables_and_says_what_is_wrong(tmp_path: Path) -> None:
    done = run(
        "try", "--events", "-", "--event", "user_id: ben, anonymous_id: e1", stdin="user_id: ana, anonymous_id: e1"
    )
    assert done.returncode == 0
    for words in ("Profiles", "user_id ben", "Links not in force", "more values of", "Who owned what"):
        assert words in done.stdout
    assert run("try").returncode == 2
    missing = run("try", "--events", str(tmp_path / "no.ndjson"), "--json")
    assert missing.returncode == 1
    assert "cannot be read" in json.loads(missing.stdout)["error"]["message"]
    assert run("check", str(tmp_path)).returncode == 1
