"""Every worked example in seed/identity, policy by policy, and how a case that fails says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcdp.base import ConfigurationError, data_folder
from graphcdp.identity.trial.cases import CaseResult, check_case, find_cases, read_case
from graphcdp.identity.trial.conformance import table

CASES = find_cases([data_folder("seed") / "identity"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_worked_example_comes_out_under_every_policy_it_names(path: Path) -> None:
    assert [result for result in check_case(path) if not result.passed] == []


def test_all_four_policies_are_shown_at_work() -> None:
    policies = {result.policy for path in CASES for result in check_case(path)}
    assert policies == {"last_login", "first_owner", "nobody", "session"}


@pytest.mark.parametrize(
    "path", [path for path in CASES if not read_case(path).expect[0].rejected], ids=lambda path: path.stem
)
def test_the_order_of_lines_does_not_matter(path: Path) -> None:
    """Each line keeps its time and id and is told last first; a case of rejected lines is about their place."""
    case = read_case(path)
    for expected in case.expect:
        forward = case.run(expected.policy)
        lines = [
            f'{{"t": "{fact.ts.isoformat()}", "id": "{fact.id}", "identities": '
            f"[{', '.join(_pair(key) for key in fact.keys)}]}}"
            for fact in forward.facts
        ]
        backward = case.model_copy(update={"events": lines[::-1]}).run(expected.policy)
        assert (backward.profiles, backward.owners, backward.after) == (forward.profiles, forward.owners, forward.after)
        assert backward.links == forward.links


def _pair(key: str) -> str:
    namespace, _, value = key.partition("|")
    return f'["{namespace}", "{value}"]'


WRONG = """
title: wrong
rules: {namespaces: [{name: crm_id, unique: true}, {name: ecid, kind: cookie}]}
events: ["CRMID: ana, ECID: e1", "CRMID: ben, ECID: e1", "nothing"]
expect:
  - profiles: [[crm_id|ana, ecid|e1], [crm_id|ben]]
    owners: {identities: {ecid|e1: crm_id|ana}, events: {"1": crm_id|ben}}
    after: {"1": {identities: {ecid|e1: crm_id|ben}}, "9": {}}
    links: [{a: crm_id|ana, b: crm_id|ben, state: active}, {a: crm_id|ben, b: ecid|e1, state: suppressed}]
    lost: []
    rejected: {1: bad_line}
"""


def test_a_failing_case_says_every_difference(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    assert check_case(path) == [
        CaseResult(
            str(path),
            "wrong",
            "last_login",
            (
                "There is no profile of crm_id|ana, ecid|e1.",
                "There is no profile of crm_id|ben.",
                "There is a profile of crm_id|ana, which was not expected.",
                "There is a profile of crm_id|ben, ecid|e1, which was not expected.",
                "In the end ecid|e1 belongs to crm_id|ben, not to crm_id|ana.",
                "In the end event 1 belongs to crm_id|ana, not to crm_id|ben.",
                "After event 1 ecid|e1 belongs to crm_id|ana, not to crm_id|ben.",
                "There is no event 9.",
                "The link of crm_id|ana and ecid|e1 is suppressed.",
                "There is no link of crm_id|ana and crm_id|ben.",
                "The link of crm_id|ben and ecid|e1: state is active, not suppressed.",
                "Line 1: taken, not bad_line.",
                "Line 3: bad_line, not taken.",
            ),
        )
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not YAML"),
        ("[" * 3_000, "not YAML that can be read"),
        ("title: 2026-99-99", "not YAML that can be read"),
        ("title: x", "rules: Field required"),
        (WRONG.replace("kind: cookie", "kind: cat"), "cat"),
        (WRONG.replace("profiles:", "profile:"), "profile"),
    ],
)
def test_a_case_that_cannot_be_run_is_a_failure_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    (result,) = check_case(path)
    assert not result.passed
    assert words in result.differences[0]


def test_a_place_without_cases_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no case"):
        find_cases([tmp_path])
    with pytest.raises(ConfigurationError, match="no file or folder"):
        find_cases([tmp_path / "none"])


def test_the_conformance_table_names_every_system_and_policy() -> None:
    made = table()
    for words in (
        "Adobe, `last_login`",
        "Segment, `first_owner`",
        "Snowplow, `nobody`",
        "Unomi, `session`",
        "differs: ",
    ):
        assert words in made
