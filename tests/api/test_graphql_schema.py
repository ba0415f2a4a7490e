"""The schema as text: exported without drift, described throughout; the named operations fit it and are all tested."""

from __future__ import annotations

from pathlib import Path

from graphql import GraphQLNamedType, parse, validate

from graphcdp.api.graphql import schema, sdl
from graphcdp.base import data_folder

FOLDER = data_folder("graphql_schema")


def test_the_exported_schema_is_the_schema() -> None:
    exported = (FOLDER / "schema.graphql").read_text()
    assert exported == sdl(), "The schema changed: run `make schema` and write a line into CHANGELOG.md."


def test_every_operation_is_valid_and_has_a_test_that_runs_it() -> None:
    tests = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob("test_*.py")))
    operations = sorted(FOLDER.glob("operations/*.graphql"))
    assert len(operations) >= 10
    for path in operations:
        assert f'"{path.stem}"' in tests or f'"{path.name}"' in tests, f"{path.stem} has no test"
        assert validate(schema._schema, parse(path.read_text())) == []


def test_everything_has_a_description() -> None:
    silent = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__") or name in {"ID", "Int", "Float", "String", "Boolean"}:
            continue
        assert isinstance(kind, GraphQLNamedType)
        if not kind.description:
            silent.append(name)
        for field_name, field in getattr(kind, "fields", {}).items():
            if not field.description:
                silent.append(f"{name}.{field_name}")
            silent += [
                f"{name}.{field_name}({arg})" for arg, its in getattr(field, "args", {}).items() if not its.description
            ]
        silent += [f"{name}.{value}" for value, its in getattr(kind, "values", {}).items() if not its.description]
    assert silent == []
