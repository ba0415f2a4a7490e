"""The command `migrate`: schema and procedures to the current version."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, run, say, settings
from graphcdp.graph import Graph, MigrationReport, ProcedureReport, install_procedures, require_valid
from graphcdp.graph import migrate as migrate_schema
from graphcdp.server import EmbeddedNeo4j

Check = Annotated[
    bool,
    typer.Option(
        "--check", help="Let the server plan every Cypher file first (minutes; a server of your own: always)."
    ),
]


@app.command()
def migrate(*, check: Check = False, as_json: Json = False) -> None:
    """Bring constraints, indexes and procedures to this version, from any earlier one, and say what was done.

    Starts the embedded Neo4j if it does not run. Doing it again changes nothing.
    """
    files, schema, procedures = run(_migrate, settings(), check)
    valid = [] if files is None else [f"{files} Cypher files are valid on this server."]
    answer(
        {"valid_files": files, "schema": schema, "procedures": procedures},
        "\n".join((*valid, *_schema_lines(schema), *_lines(procedures))),
    )


async def _migrate(chosen: Settings, check: bool) -> tuple[int | None, MigrationReport, ProcedureReport]:
    running = await EmbeddedNeo4j(chosen).up(say)
    check = check or running.outside  # another version of Neo4j may read Cypher otherwise
    async with Graph.connect(running.bolt_uri, running.user, running.password, running.database) as graph:
        await graph.verify()
        schema = await migrate_schema(graph)
        if check:
            await require_valid(graph)
        return len(graph.catalogue) if check else None, schema, await install_procedures(graph)


def _schema_lines(report: MigrationReport) -> list[str]:
    if not report.applied:
        return [f"Schema: current, all {report.already} migrations were applied before."]
    return [
        f"Schema: {len(report.applied)} migrations applied, {report.already} before.",
        *(f"  applied {name}" for name in report.applied),
    ]


def _lines(report: ProcedureReport) -> list[str]:
    if report.note:
        return [f"Procedures: none installed. {report.note}"]
    changes = [
        *(f"  installed custom.graphcdp.{name}" for name in report.installed),
        *(f"  replaced custom.graphcdp.{name}" for name in report.replaced),
        *(f"  dropped custom.graphcdp.{name}" for name in report.dropped),
    ]
    if not changes:
        return [f"Procedures: current, all {report.unchanged} were installed before."]
    return [f"Procedures: {len(changes)} changed, {report.unchanged} as before.", *changes]
