"""The commands `export`, `erase` and `readmit`: a person's right to see, and to be forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.base.ids import write_private
from graphcdp.cli.frame import Json, answer, app, run, say, settings
from graphcdp.cli.identity.author import Reason, author
from graphcdp.cli.identity.named import Person, identity_of, person_of
from graphcdp.governance import ErasureReceipt, PersonExport, Retention, page
from graphcdp.identity import Author
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform


@app.command()
def export(
    person: Person,
    *,
    reason: Reason = None,
    html: Annotated[Path | None, typer.Option(help="Write a page for people to this file.", dir_okay=False)] = None,
    out: Annotated[Path | None, typer.Option(help="Write the JSON to this file.", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Give everything that is known of a person: as JSON, and with --html as a page. Files are their owner's alone."""
    found = run(_export, settings(), person, author(reason))
    if html is not None:
        write_private(html, page(found))
        say(f"The page is {html}.")
    if out is not None:
        write_private(out, found.json() + "\n")
        say(f"The document is {out}.")
    if as_json or (html is None and out is None):
        answer(found.as_map())


@app.command()
def erase(
    person: Person,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do it, show what goes, and roll it back.")] = False,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Look for the person's identifiers in what everybody did, too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Erase everything about a person, for good: a replay of old data does not bring it back."""
    if not (dry_run or yes):
        say(run(_erase, settings(), person, author(reason), True, everywhere).sentence)
        typer.confirm("Erase it for good?", abort=True, err=True)
    receipt = run(_erase, settings(), person, author(reason), dry_run, everywhere)
    answer(receipt, receipt.sentence)


@app.command()
def readmit(
    identities: Annotated[list[str], typer.Argument(help="Identities that were erased, each as namespace:value.")],
    *,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Take an erased person in again who came back: what happens from now on, not what was erased."""
    found = run(_readmit, settings(), identities, author(reason))
    answer([str(key) for key in found], f"{len(found)} readmitted: " + ", ".join(str(key) for key in found))


@app.command()
def retention(
    dataset: Annotated[str | None, typer.Argument(help="Which dataset; without one the rules are listed.")] = None,
    *,
    days: Annotated[int | None, typer.Option(help="Keep its facts for so many days.")] = None,
    for_good: Annotated[bool, typer.Option("--for-good", help="Keep them for good.")] = False,
    run_now: Annotated[bool, typer.Option("--run", help="Delete at once what is too old.")] = False,
    as_json: Json = False,
) -> None:
    """Say how long facts of a dataset are kept, list the rules, or carry them out (`serve` does so every hour)."""
    if dataset is not None and (days is None) != for_good:
        raise InvalidInputError("Say --days N, or --for-good.", field="days")
    found, gone = run(_retention, settings(), dataset, days, run_now)
    lines = [f"{one.dataset}: {one.days} days" for one in found] or ["Everything is kept for good."]
    answer({"rules": found, "deleted": gone}, "\n".join(lines + ([f"{gone:,} facts went."] if run_now else [])))


async def _retention(
    chosen: Settings, dataset: str | None, days: int | None, run_now: bool
) -> tuple[tuple[Retention, ...], int]:
    async with Platform.open(chosen) as platform:
        if dataset is not None:
            await platform.retentions.put(dataset, days, author(None))
        gone = await platform.retentions.run() if run_now else 0
        return await platform.retentions.all(), gone


async def _export(chosen: Settings, person: str, who: Author) -> PersonExport:
    async with Platform.open(chosen) as platform:
        return await platform.exports.export(await person_of(platform, person), who)


async def _erase(chosen: Settings, person: str, who: Author, preview: bool, everywhere: bool) -> ErasureReceipt:
    async with Platform.open(chosen) as platform:
        whom = await person_of(platform, person)
        return await platform.erasures.erase(whom, who, preview=preview, everywhere=everywhere)


async def _readmit(chosen: Settings, identities: list[str], who: Author) -> tuple[IdentityKey, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.erasures.readmit([await identity_of(platform, each) for each in identities], who)
