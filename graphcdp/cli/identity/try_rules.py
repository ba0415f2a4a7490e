"""The commands `identity try` and `identity check`: rules tried on a history or on a person; examples as tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from graphcdp.base import ConfigurationError, Settings
from graphcdp.cli.frame import FAILED, Json, answer, console, leave, named, run, say, settings, wants_json
from graphcdp.cli.identity.group import identity
from graphcdp.cli.identity.named import person_of
from graphcdp.cli.identity.rules import rules_file
from graphcdp.identity import RegionTrial, RuleSet, Trial, default_rules, read_rules, try_rules
from graphcdp.identity.trial.cases import CaseResult, case_text, check_case, find_cases
from graphcdp.identity.trial.decided import TriedDecisions, parse_decisions
from graphcdp.identity.trial.trial import Step, told
from graphcdp.platform import Platform

SHOWN_STEPS = 100


@identity.command("try")
def try_(
    *,
    rules: Annotated[
        Path | None, typer.Option(help="The rule-set file (docs/identity.md); absent: the default rules.")
    ] = None,
    events: Annotated[
        list[str] | None, typer.Option(help="A file of events, one a line; - reads standard input. May be repeated.")
    ] = None,
    event: Annotated[
        list[str] | None, typer.Option(help="One event, such as 'CRM_ID: ana, ECID: e1'. May be repeated.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            help="Instead of a history: what the rules would make of all that was ever linked to this person of the "
            "graph, an identity as namespace:value or a profile's id."
        ),
    ] = None,
    decisions: Annotated[
        Path | None, typer.Option(help="A YAML file of decisions: cut, pin, rekey, quarantine, release.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write rules, events and answer to this file as a case.")] = None,
    after: Annotated[
        bool | None,
        typer.Option(
            "--after/--no-after",
            help="Owners after every event, or after the last one alone; by default every one of 2,000.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Try identity rules on a history (no server is needed) or on one person; nobody in the graph is touched.

    A line is JSON, {"t": "2026-01-01T00:00:01Z", "identities": [["crm_id", "ana"], ["ecid", "e1"]]}, or text,
    CRM_ID: ana, ECID: e1 (a minute apart, or each with its time in front). Wrong lines are told and the others count.
    """
    if person is not None:
        if events or event or decisions or save or after is not None:
            raise typer.BadParameter("--person asks about the graph: of the other options it takes --rules alone.")
        _try_on_person(read_rules(rules_file(rules)), person)
        return
    if not events and not event:
        raise typer.BadParameter("Give --events FILE (- is standard input), --event TEXT, or --person.")
    if events and events.count("-") > 1:
        raise typer.BadParameter("Standard input can be read once; give --events - once.")
    region = settings().default_region
    chosen = default_rules() if rules is None else read_rules(rules)
    lines = [line for name in events or [] for line in _lines(name)] + list(event or [])
    decided_text = "" if decisions is None else _text(decisions, "decisions")
    where = "the decisions" if decisions is None else str(decisions)
    decided: TriedDecisions = parse_decisions(chosen, decided_text, where, region=region)
    trial = try_rules(
        chosen, lines, decisions=decided.decisions, released=decided.released, steps=after, default_region=region
    )
    if save is not None:
        _save(save, case_text(save.stem, trial, lines, decided.said))
    if wants_json():
        answer(trial.as_json())
    else:
        _show(trial)
    if after is None and len(trial.after) < len(trial.facts):
        say(f"Owners are told after the last of {len(trial.facts):,} events alone; --after tells them after each.")


@identity.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Cases, or folders of cases.")],
    *,
    as_json: Json = False,
) -> None:
    """Run saved cases (`identity try --save`), and say which fail and how; exit code 1 if any does."""
    results = [result for path in find_cases(paths) for result in check_case(path)]
    failed = [each for each in results if not each.passed]
    said = f"{len(results) - len(failed):,} of {len(results):,} passed."
    answer(
        {"passed": len(results) - len(failed), "failed": len(failed), "cases": [_plain(each) for each in results]},
        "\n".join([*(_told(each) for each in failed), said]),
    )
    if failed:
        leave(FAILED)


def _try_on_person(rules: RuleSet, person: str) -> None:
    trial = run(_tried, settings(), rules, person)
    entries = [{**named(entry), "sentence": entry.sentence()} for entry in trial.entries]
    answer(
        {
            "policy": rules.policy,
            "rules": rules.version,
            "sentence": trial.sentence(),
            "profiles": named(trial.profiles),
            "today": named(trial.today),
            "left_out": named(trial.left_out),
            "entries": entries,
        },
        "\n".join(_told_of(trial)),
    )


async def _tried(chosen: Settings, rules: RuleSet, person: str) -> RegionTrial:
    async with Platform.open(chosen) as platform:
        return await platform.identity.try_rules(await person_of(platform, person), rules)


def _told_of(trial: RegionTrial) -> Iterator[str]:
    yield trial.sentence()
    yield from (f"  now   {', '.join(group)}" for group in trial.today)
    yield from (f"  then  {', '.join(group)}" for group in trial.profiles)
    if trial.left_out:
        yield f"  they would count for nobody: {', '.join(trial.left_out)}"
    yield from (entry.sentence() for entry in trial.entries)


def _lines(name: str) -> list[str]:
    if name == "-":
        raw = sys.stdin.buffer.read()
    else:
        try:
            raw = Path(name).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"The events file {name} cannot be read: {error.strerror}.", path=name) from None
    lines = raw.decode("utf-8", "surrogateescape").split("\n")  # a line that is not UTF-8 is rejected by itself
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.rstrip("\r") for line in lines]


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"The {what} file {path} cannot be read: {error.strerror}.", path=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The {what} file {path} is not UTF-8 text.", path=str(path)) from None


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"The case {path} cannot be written: {error.strerror}.", path=str(path)) from None
    say(f"Wrote the case {path}; `graphcdp identity check {path}` runs it.")


def _told(result: CaseResult) -> str:
    head = f"{result.path}: {result.title}{f' ({result.policy})' if result.policy else ''} fails:"
    return "\n".join([head, *(f"  {each}" for each in result.differences)])


def _plain(result: CaseResult) -> Mapping[str, Any]:
    return {**result._asdict(), "passed": result.passed}


def _show(trial: Trial) -> None:
    """Show a trial to a person."""
    screen = console()
    screen.print(f"Policy [bold]{trial.rules.policy}[/], {len(trial.facts):,} events.", highlight=False)
    owner_of = {} if trial.owners is None else trial.owners.identities
    held: dict[str, list[str]] = {}
    if trial.owners is not None:
        for own_id, owner in trial.owners.events.items():
            held.setdefault(owner, []).append(own_id)
    rows = [
        (told(owner_of[profile[0]]), "\n".join(map(told, profile)), ", ".join(held.get(owner_of[profile[0]], [])))
        for profile in trial.profiles
    ]
    _table("Profiles", ("founder", "identities", "events"), rows)
    if trial.lost:
        _table("Links not in force", ("state", "why"), [(link.state, link.sentence()) for link in trial.lost])
    if trial.after and len(trial.after) == len(trial.facts):
        title = "Who owned what after each event"
        if len(trial.after) > SHOWN_STEPS:
            title += f" (the last {SHOWN_STEPS} of {len(trial.after):,}; --json gives all)"
        first = max(len(trial.after) - SHOWN_STEPS, 0)
        shown = [_step(trial, index) for index in range(first, len(trial.after))]
        _table(title, ("event", "time", "identities", "then"), shown)
    if trial.rejected:
        rejected = [(str(each.line), each.code, each.reason) for each in trial.rejected]
        _table("Rejected lines", ("line", "code", "reason"), rejected)
    if trial.left_out:
        left_out = [(str(each.line), each.code, each.reason) for each in trial.left_out]
        _table("Left out", ("line", "code", "reason"), left_out)
    if trial.hubs:
        screen.print(f"Seen with too many others, so linked to nobody: {', '.join(map(told, trial.hubs))}.")


def _step(trial: Trial, index: int) -> tuple[str, str, str, str]:
    step, fact = trial.after[index], trial.facts[index]
    before: Step | None = trial.after[index - 1] if index else None
    said = []
    for owner, things in _by_owner(step, before, fact.keys, fact.id).items():
        others = [thing for thing in things if thing != told(owner)]
        said.append(f"{told(owner)} owns {', '.join(others or ['itself'])}")
    return step.id, f"{step.t:%Y-%m-%d %H:%M:%S}", "\n".join(map(told, fact.keys)), "\n".join(said)


def _by_owner(step: Step, before: Step | None, keys: Sequence[str], own_id: str) -> dict[str, list[str]]:
    """Return what the event carried and what changed hands, by owner."""
    owned: dict[str, list[str]] = {}
    for key, owner in step.identities.items():
        if key in keys or before is None or before.identities.get(key) != owner:
            owned.setdefault(owner, []).append(told(key))
    for event, owner in step.events.items():
        if event == own_id or before is None or before.events.get(event) != owner:
            owned.setdefault(owner, []).append(f"event {event}")
    return owned


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console().print(table)
