"""The conformance table of docs/identity.md: four policies beside what other systems document, on the same histories.

`python -m graphcdp.identity.conformance` prints it; with a path it writes it into that file, between the two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from graphcdp.base import ConfigurationError, data_folder
from graphcdp.identity.cases import Case, Documented, differences, find_cases, read_case
from graphcdp.identity.trial import Trial

BEGIN = "<!-- conformance: made by `python -m graphcdp.identity.conformance docs/identity.md` -->"
END = "<!-- /conformance -->"


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


def written_into(text: str) -> str:
    """Return a page with the table of now between its marks.

    Raises:
        ConfigurationError: the page has no marks.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError(f"The page has no place for the table; write {BEGIN} and {END} on lines of their own.")
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


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
        step = next(step for step in trial.after or () if step.id == event)
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
