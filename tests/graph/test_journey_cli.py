"""The journey commands: lists behind numbers, comparisons, parts, pictures, JSON, and what is said of mistakes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from graphcdp.base import Settings
from graphcdp.journeys.attribution import MODELS
from graphcdp.platform import Platform
from tests import warm
from tests.make import fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
Ran = subprocess.CompletedProcess[str]


@pytest.fixture
async def journey(platform: Platform, settings: Settings, tmp_path: Path) -> Callable[..., Awaitable[Ran]]:
    """Type a `graphcdp journey …` command over a small shop with a help page and a call centre."""

    def visit(who: str, nr: int, type: str, **more: Any) -> Any:
        return fact(f"user_id|{who}", id=f"{who}{nr}", minute=nr, type=type, **more)

    await platform.pipeline.ingest(
        [
            visit("ana", 0, "product_view", channel="email", properties={"campaign": "spring"}),
            visit("ana", 2, "help_view", properties={"content": "sizes"}),
            visit("ana", 5, "purchase", properties={"revenue": 20.0}),
            visit("ben", 1, "product_view", properties={"campaign": "autumn"}),
            visit("ben", 3, "help_view", properties={"content": "returns"}),
            visit("ben", 9, "call", channel="call_centre"),
            visit("cy", 4, "product_view", properties={"campaign": "spring"}),
            visit("cy", 90, "purchase", properties={"revenue": 5.0}),
        ]
    )
    environment = {"GRAPHCDP_HOME": str(settings.home), "PATH": "/usr/bin:/bin", "COLUMNS": "120"}

    async def typed(*arguments: str) -> Ran:
        run = partial(
            subprocess.run, [warm.command(), "journey", *arguments], env=environment, cwd=tmp_path, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        return await anyio.to_thread.run_sync(run)

    return typed


async def told(journey: Callable[..., Awaitable[Ran]], *arguments: str) -> Any:
    ran = await journey(*arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


async def test_lists_behind_numbers(journey: Callable[..., Awaitable[Ran]]) -> None:
    first = await told(journey, "doers", "viewed product", "--first", "2")
    assert [one["times"] for one in first["people"]] == [1, 1]
    rest = await told(journey, "doers", "viewed product", "--first", "2", "--after", first["next"])
    assert (len(rest["people"]), rest["next"]) == (1, None)
    assert len({one["who"] for one in (*first["people"], *rest["people"])}) == 3
    shown = (await journey("doers", "--field", "campaign", "--value", "spring", "--first", "1")).stdout
    assert "Who did it" in shown and "More: --after " in shown
    sessions = await told(journey, "sessions", "--list", "9")
    assert [one["events"] for one in sessions["sessions"]].count(3) == 2
    assert len(sessions["sessions"]) == 4
    table = (await journey("sessions", "--list", "1")).stdout
    assert "entry" in table and "More: --after " in table
    (called,) = (await told(journey, "call-deflection", "--list", "5"))["sessions"]
    assert called["contents"] == ["returns"]
    stopped = await told(journey, "funnel", "viewed product", "purchased", "--persons", "stopped", "--step", "1")
    assert [one["event_ids"] for one in stopped["people"]] == [["ben1"]]


async def test_attribution_compared_and_what_is_behind_it(journey: Callable[..., Awaitable[Ran]]) -> None:
    rule = ("--by", "campaign", "--touches", "viewed product", "--value", "revenue")
    behind = await told(journey, "attribution", *rule, "--behind", "spring", "--model", "linear", "--first", "1")
    assert [(one["value"], one["share"], one["path"]) for one in behind["conversions"]] in (
        [(20.0, 1.0, ["spring"])], [(5.0, 1.0, ["spring"])]
    )  # fmt: skip
    assert behind["next"]
    rest = await told(
        journey, "attribution", *rule, "--behind", "spring", "--model", "linear", "--first", "1", "--after",
        behind["next"],
    )  # fmt: skip
    assert sorted(one["value"] for one in (*behind["conversions"], *rest["conversions"])) == [5.0, 20.0]
    compared = await told(journey, "attribution", *rule, "--compare")
    assert len(compared["attributions"]) == 24  # twelve models, people and cookies
    assert {one["value"] for one in compared["attributions"]} == {25.0}
    shown = (await journey("attribution", *rule, "--compare")).stdout
    people, cookies = shown.split("Attribution by cookies' touches: value")
    assert people.startswith("Attribution by people's touches: value ")
    for half in (people, cookies):
        assert max(map(len, half.splitlines())) <= 120
        cells = [
            [one.strip() for one in re.split("[│┃]", line)[1:-1]]
            for line in half.splitlines()
            if line.startswith(("│", "┃"))
        ]
        heads = [one for line in cells if line[0] == "campaign" for one in line[1:]]
        assert heads == list(MODELS)
        figures = {
            name: [one for line in cells if line[0] == name for one in line[1:]] for name in ("spring", "autumn")
        }
        assert list(dict.fromkeys(line[0] for line in cells)) == ["campaign", "spring", "autumn"]
        assert figures == {"spring": ["25.00"] * 12, "autumn": ["0.00"] * 12}
    few = await journey("attribution", *rule, "--compare", "--top", "1")
    assert "spring" in few.stdout and "autumn" not in few.stdout and "(1 more)" in few.stdout
    assert few.stderr == "`(1 more)` sums the labels to which the models give least: --top shows more.\n"


async def test_how_far_a_question_is_stands_on_a_terminal_alone(
    journey: Callable[..., Awaitable[Ran]], settings: Settings
) -> None:
    """On standard error, where standard output is a terminal too, and not beside JSON."""
    environment = {"GRAPHCDP_HOME": str(settings.home), "PATH": "/usr/bin:/bin", "COLUMNS": "120", "TERM": "xterm"}

    def typed(*arguments: str, piped: bool = False) -> tuple[str, str]:
        """Return what stands on the terminal, and what went through the pipe."""
        screen, end = pty.openpty()
        command = [warm.command(), "journey", "sessions", "--against-cookies", *arguments]
        out = subprocess.PIPE if piped else end
        with subprocess.Popen(command, env=environment, stdout=out, stderr=end, text=True) as running:
            os.close(end)
            shown = b""
            try:
                while more := os.read(screen, 65_536):
                    shown += more
            except OSError:  # all have closed the terminal
                pass
            os.close(screen)
            printed = running.stdout.read() if running.stdout is not None else ""
        assert running.returncode == 0, shown
        return shown.decode(), printed

    shown, _ = await anyio.to_thread.run_sync(typed)
    assert "Neo4j reads 8 events" in shown and "%" in shown
    assert "As people are, and on cookies" in shown.rpartition("\x1b[2K")[2]  # the bar is gone
    shown, printed = await anyio.to_thread.run_sync(partial(typed, piped=True))
    assert shown == "" and "As people are, and on cookies" in printed
    shown, _ = await anyio.to_thread.run_sync(partial(typed, "--json"))
    assert json.loads(shown)["changed"] == {"container": ["person", "cookie"]}
    assert (await journey("sessions")).stderr == ""


async def test_parts_comparisons_and_pictures(journey: Callable[..., Awaitable[Ran]], tmp_path: Path) -> None:
    parts = await told(journey, "funnel", "viewed product", "purchased", "--parts-by", "channel")
    assert parts["left_out"] == 0
    assert [(one["value"], one["events"]) for one in parts["parts"]] == [("web", 6), ("call_centre", 1), ("email", 1)]
    assert [step["people"] for step in parts["parts"][0]["answer"]["steps"]] == [2, 1]
    none = await journey("sessions", "--parts-by", "segment")
    assert (none.stdout, none.stderr) == ("", "There are no parts by segment: nobody who is selected has one.\n")
    drawn = await journey("sessions", "--parts-by", "channel", "--most-parts", "2", "--html", "drawn.html")
    assert "channel: web, 3 people, 6 events" in drawn.stdout
    assert "1 more values of channel are left out" in drawn.stderr
    assert sorted(file.name for file in tmp_path.glob("*.html")) == ["drawn-1.html", "drawn-2.html"]
    for what in ("flow", "tools", "drivers", "call-deflection", "content"):
        compared = await told(journey, "compare", what, "--cookies")
        assert compared["changed"] == {"container": ["person", "cookie"]}, what
        assert all(one["difference"] in (0.0, None) for one in compared["rows"])  # everybody has one cookie


async def test_sessions_of_a_funnel_and_comparison_with_an_analysis_own_options(
    journey: Callable[..., Awaitable[Ran]], tmp_path: Path
) -> None:
    """Cy bought in a later session than the one in which she looked."""
    steps = ("funnel", "viewed product", "purchased")
    assert [one["people"] for one in (await told(journey, *steps))["steps"]] == [3, 2]
    found = await told(journey, *steps, "--gap", "1800")
    assert [(one["sessions"], one["people"], one["stopped"]) for one in found["steps"]] == [(3, 3, 2), (1, 1, 1)]
    shown = (await journey(*steps, "--gap", "1800")).stdout
    assert "sessions" in shown
    rule = ("attribution", "--by", "campaign", "--touches", "viewed product", "--model", "linear")
    both = await told(journey, *rule, "--against-cookies", "--html", "both.html")
    assert both["changed"] == {"container": ["person", "cookie"]}
    assert {one["at"][0] for one in both["rows"]} == {"spring", "autumn"}
    assert sorted(file.name for file in tmp_path.glob("both*")) == ["both-here.html", "both-there.html"]
    (tmp_path / "other.yaml").write_text("namespaces: [{name: user_id, unique: true}]")
    ruled = await told(journey, "stickiness", "--interval", "day", "--against", "other.yaml")
    assert all(one["difference"] in (0.0, None) for one in ruled["rows"])
    (tmp_path / "loose.yaml").write_text("namespaces: [{name: user_id}]")
    listed = await told(journey, "sessions", "--list", "9", "--identity-rules", "loose.yaml")
    assert len(listed["sessions"]) == 4
    refused = await journey("stickiness", "--against-cookies", "--parts-by", "channel")
    assert refused.returncode == 1 and "Compare one part after the other" in refused.stderr


async def test_people_whom_a_command_lists_are_published_by_its_own_options(
    journey: Callable[..., Awaitable[Ran]],
) -> None:
    day = ("--interval", "day")
    lists: dict[str, tuple[int, tuple[str, ...]]] = {
        "stopped": (1, ("funnel", "viewed product", "purchased", "--persons", "stopped", "--reason", "no_later_event")),
        "helped": (2, ("flow", "--behind", "1", "--taken", "product_view", "--taken", "help_view")),
        "bought": (1, ("paths", "--around", "purchased", "--before", "2", "--behind", "1", "--taken", "product_view",
                       "--taken", "help_view", "--taken", "purchase", "--taken", "(exit)")),
        "began": (3, ("retention", *day, "--who", "2026-03-01/0")),
        "fresh": (3, ("lifecycle", *day, "--who", "2026-03-01", "--state", "new")),
        "active": (3, ("stickiness", *day, "--who", "1-")),
        "spring": (2, ("attribution", "--by", "campaign", "--touches", "viewed product", "--behind", "spring")),
        "callers": (1, ("call-deflection", "--value", "returns")),
        "calm": (1, ("call-deflection", "--contained")),
        "viewers": (3, ("doers", "viewed product")),
        "buyers": (2, ("pattern", "(viewed product)-->(purchased)")),
    }  # fmt: skip
    for id, (many, command) in lists.items():
        made = await told(journey, *command, "--publish", id, "--name", id.title())
        assert (made["people"], made["name"], made["live"]) == (many, id.title(), False), id
    (ana,) = (await told(journey, *lists["bought"][1]))["people"]
    assert ana["sequences"] == 1
    assert len((await told(journey, *lists["active"][1]))["people"]) == 3
    shown = (await journey(*lists["helped"][1], "--live", "--publish", "helped")).stdout
    assert shown == "2 are in helped; it is a segment now, with the rule `in audience helped`.\n"
    assert {one["id"]: one["live"] for one in await told(journey, "audiences")} == {id: id == "helped" for id in lists}
    for wrong in (("stickiness", "--publish", "x"), ("funnel", "viewed product", "--name", "X")):
        refused = await journey(*wrong)
        assert refused.returncode == 1 and "say which by the option that lists them" in refused.stderr
    assert "is no number of periods. Write 3, 2-4 or 3-." in (await journey("stickiness", "--who", "many")).stderr


async def test_what_is_wrong_is_said_in_a_sentence(journey: Callable[..., Awaitable[Ran]]) -> None:
    wrong = await journey("sessions", "--within", "chanel = 'web'")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "There is no property of events `chanel`. Did you mean `channel`?" in wrong.stderr
    for what in (("drivers", "--strata", "aeg"), ("funnel", "viewed product", "--by", "profile.aeg")):
        assert "There is no attribute of profiles `aeg`." in (await journey(*what)).stderr
    for what in (
        ("funnel", "viewed product", "--persons", "reached", "--value", "x"),
        ("retention", "--who", "2026-03-02/0", "--value", "x"),
    ):
        assert "Nothing is counted apart, so nobody has the value `x`" in (await journey(*what)).stderr
    for what in ("attribution", "channels"):
        refused = (await journey(what, "--value", "revenu")).stderr
        assert "There is no property of events `revenu`. Did you mean `revenue`?" in refused
    lists = {
        ("sessions", "--list", "2"): "--against-cookies",
        ("funnel", "viewed product", "purchased", "--persons", "stopped"): "--against",
        ("funnel", "viewed product", "purchased", "--paths", "2"): "--parts-by",
        ("attribution", "--behind", "web"): "--png",
        ("drivers", "--people-of", "help_view"): "--against",
        ("call-deflection", "--list", "2"): "--html",
        ("retention", "--who", "2026-03-02"): "--against-cookies",
        ("lifecycle", "--who", "2026-03-02"): "--parts-by",
        ("attribution", "--compare"): "--against",
    }
    for listing, option in lists.items():
        value = {"--against-cookies": (), "--parts-by": ("channel",)}.get(option, (f"file{option}",))
        refused = await journey(*listing, option, *value)
        assert (refused.returncode, refused.stdout) == (1, ""), listing
        assert "leave out `--" in refused.stderr and f"`{option}`" in refused.stderr, refused.stderr
    for rules in (
        ("sessions", "--against"), ("compare", "sessions", "--rules"), ("sessions", "--list", "1", "--identity-rules")
    ):  # fmt: skip
        said = json.loads((await journey(*rules, "nowhere.yaml", "--json")).stdout)["error"]
        assert (
            said["message"] == f"The rules nowhere.yaml cannot be read: No such file or directory. Check `{rules[-1]}`."
        )
        assert said["fields"] == {"field": rules[-1]}
    said = json.loads((await journey("sessions", "--start", "yesterday", "--json")).stdout)["error"]
    assert (said["code"], said["fields"]) == ("invalid_input", {"field": "--start"})


async def test_who_ties_devices_to_people_is_a_table(journey: Callable[..., Awaitable[Ran]]) -> None:
    found = await told(journey, "stitching", "--conversions", "purchased", "--lookback-days", "1")
    assert [(one["method"], one["people"], one["converted"]) for one in found["methods"]] == [
        (method, 3, 2) for method in ("device", "live", "replay", "graph")
    ]
    ran = await journey("stitching")
    assert "People of 8 events" in ran.stdout
    assert "0 devices, 0 of them shared by two persons or more." in ran.stderr
    assert "Did you mean `email`?" in (await journey("stitching", "--transient", "emial")).stderr
