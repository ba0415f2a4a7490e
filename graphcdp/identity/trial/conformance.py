"""The tables of docs/identity.md: four policies on one tablet, and beside what other systems document.

`python -m graphcdp.identity.trial.conformance` prints the second; with a path it writes both into that page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from graphcdp.base import ConfigurationError, data_folder
from graphcdp.identity.rules.rule_set import Policy
from graphcdp.identity.trial.cases import Case, Documented, differences, find_cases, read_case
from graphcdp.identity.trial.trial import Step, Trial

HANDOVER = "04_handover_and_back.yaml"
_MADE = "made by `python -m graphcdp.identity.trial.conformance docs/identity.md`"


def table() -> str:
    """Return the table as Markdown: a row for each system's documented answer to each history in seed/identity.

    Raises:
        ConfigurationError: a case says that this engine differs where it agrees, or the other way round.
    """
    rows = ["| history | system, policy | its documents say | graphcdp answers | |", "|---|---|---|---|---|"]
    agree = total = 0
    for path in find_cases([data_folder("seed") / "identity"]):
        case = read_case(path)
        for number, documented in enumerate(case.documented):
            trial = case.run(documented.policy)
            differs = bool(differences(documented.expectation(), trial))
            if differs != (documented.differs is not None):
                said = "agrees" if not differs else "differs"
                raise ConfigurationError(f"{path.name}: {documented.system} {said}; say so in the case.")
            total += 1
            agree += not differs
            rows.append(_row(_history(case) if number == 0 else "", documented, trial))
    counted = f"{agree} of {total} documented answers agree; each other row says why not."
    return "\n".join([counted, "", *rows])


def policies() -> str:
    """Return what the four policies make of one shared tablet, as Markdown: whose is it, and whose is each event."""
    case = read_case(data_folder("seed") / "identity" / HANDOVER)
    trials = [case.run(policy) for policy in get_args(Policy)]
    rows = [f"| | {' | '.join(f'`{trial.rules.policy}`' for trial in trials)} |", f"|---|{'---|' * len(trials)}"]
    for number, fact in enumerate(trials[0].facts, start=1):
        said = f"{number}. {_event(case.events[number - 1])}"
        rows.append(f"| {said} | {' | '.join(_value(_end(trial).events[fact.id]) for trial in trials)} |")
    tablet = [_value(_end(trial).identities["ecid|tablet"]) for trial in trials]
    return "\n".join([*rows, f"| the tablet | {' | '.join(tablet)} |"])


def written_into(text: str) -> str:
    """Return a page with the tables of now between their marks.

    Raises:
        ConfigurationError: the page has no marks.
    """
    for name, made in (("policies", policies()), ("conformance", table())):
        begin, end = f"<!-- {name}: {_MADE} -->", f"<!-- /{name} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise ConfigurationError(
                f"The page has no place for a table; write {begin} and {end} on lines of their own."
            )
        text = f"{head}{begin}\n{made}\n{end}{tail}"
    return text


def _end(trial: Trial) -> Step:
    if trial.owners is None:
        raise ConfigurationError("A case without a sound event shows nothing.")
    return trial.owners


def _row(history: str, documented: Documented, trial: Trial) -> str:
    verdict = "agrees" if documented.differs is None else f"differs: {documented.differs}"
    system = f"{documented.system}, `{documented.policy}`"
    return f"| {history} | {system} | {documented.says} | {_answer(documented, trial)} | {verdict} |"


def _history(case: Case) -> str:
    events = "<br>".join(f"{number}. {_event(line)}" for number, line in enumerate(case.events, start=1))
    return f"**{case.title}**<br>{events}"


def _event(line: str) -> str:
    """Return an event's values, with its time where it says one: `09:00 ana, e1`."""
    time, space, rest = line.partition("Z ")
    said = rest if space else line
    values = ", ".join(part.partition(":")[2].strip() for part in said.split(","))
    return f"{time[5:16].replace('T', ' ')} {values}" if space else values


def _answer(documented: Documented, trial: Trial) -> str:
    told = [f"{{{', '.join(map(_value, profile))}}}" for profile in trial.profiles]
    events = list(documented.owners.events)
    said = [" ".join(told)]
    if events and trial.owners is not None:
        said.append("; ".join(_owned(events, trial.owners.events)))
    for event, owners in documented.after.items():
        step = next(step for step in trial.after if step.id == event)
        said.append(f"after {event}: {'; '.join(_owned(list(owners.events), step.events))}")
    return "; ".join(said)


def _owned(events: Sequence[str], owners: Mapping[str, str]) -> Iterable[str]:
    """Return `1, 2 to ana`, by owner."""
    by_owner: dict[str, list[str]] = {}
    for event in events:
        by_owner.setdefault(owners[event], []).append(event)
    return [f"{', '.join(held)} to {_value(owner)}" for owner, held in by_owner.items()]


def _value(key: str) -> str:
    return key.partition("|")[2]


def main(arguments: Sequence[str]) -> None:
    """Print the table, or write it into a page."""
    if not arguments:
        sys.stdout.write(table() + "\n")
        return
    path = Path(arguments[0])
    path.write_text(written_into(path.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"Wrote {path}.\n")


if __name__ == "__main__":
    main(sys.argv[1:])
