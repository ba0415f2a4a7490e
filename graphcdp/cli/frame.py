"""What every command shares: the app they hang on, `--json`, exit codes and how errors are said.

Exit codes: 0 done; 1 failed, with a sentence on standard error; 2 used wrongly; 3 the server does not run; 130 stopped
by Ctrl-C. With `--json` standard output is one JSON document, for a failure too: `{"error": {"code", "message", ...}}`.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import anyio
import typer
from rich.console import Console

from graphcdp import __version__
from graphcdp.base import CDPError, Settings, configure_logging, load_settings

FAILED, MISUSED, NOT_RUNNING, INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    name="graphcdp",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"graphcdp {__version__}\n")
        raise typer.Exit


@app.callback()
def _whole(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """graphcdp: identities, journeys and profiles of people as a graph, on your own machine."""


_Got = TypeVar("_Got")
_wants_json = False


def _choose(value: bool) -> bool:
    global _wants_json  # noqa: PLW0603  one command runs per process
    _wants_json = value
    return value


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.", callback=_choose)]
"""The option every command takes: `as_json: Json = False`."""


def settings() -> Settings:
    """Read the settings, and send logs to standard error (warnings only, unless GRAPHCDP_LOG_LEVEL says otherwise)."""
    read = load_settings()
    level = read.log_level if "log_level" in read.model_fields_set else "warning"
    configure_logging(level, json_lines=read.log_json)
    return read


def run(work: Callable[..., Awaitable[_Got]], *arguments: Any) -> _Got:
    """Run async work to its end from a command."""
    return anyio.run(work, *arguments)


def say(line: str) -> None:
    """Tell a person what goes on, on standard error, so that standard output is the answer alone."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def answer(data: Any, text: str | None = None) -> None:
    """Print the outcome of a command.

    Args:
        data: what `--json` prints; dataclasses, paths and times are fine.
        text: what a person reads; None prints the JSON.
    """
    if _wants_json or text is None:
        sys.stdout.write(json.dumps(data, default=_plain, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(text + "\n")
    sys.stdout.flush()


def named(value: Any) -> Any:
    """Return an answer as maps and lists, with the names of its fields, as `--json` prints it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: named(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "_asdict"):
        return {name: named(each) for name, each in value._asdict().items()}
    return [named(each) for each in value] if isinstance(value, tuple) else value


def console() -> Console:
    """Return where tables and progress bars for a person go: standard output for text, standard error beside JSON."""
    return Console(stderr=_wants_json)


def wants_json() -> bool:
    """Say whether `--json` was given."""
    return _wants_json


def leave(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    sys.exit(_outcome(arguments))


def _outcome(arguments: Sequence[str] | None) -> int:
    global _wants_json  # noqa: PLW0603
    given = list(sys.argv[1:] if arguments is None else arguments)
    _wants_json = "--json" in given  # known before parsing, so that a wrong argument is told in JSON too
    try:
        code = app(given, standalone_mode=False)
        if code == INTERRUPTED:  # typer has caught the Ctrl-C itself
            return _fail("interrupted", "Stopped.", INTERRUPTED)
        return code if isinstance(code, int) else 0
    except CDPError as error:
        return _fail(error.code, error.message, FAILED, error.fields, retryable=error.retryable)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", "Stopped.", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as error:
        shown = getattr(error, "format_message", None)  # a mistake in the arguments, as click says it
        if shown is None:
            raise
        context = getattr(error, "ctx", None)
        said = str(shown())
        usage = f"\n{context.get_usage()}" if said and context is not None and not _wants_json else ""
        return _fail("usage", f"{said}{usage}", int(getattr(error, "exit_code", MISUSED)))


def _fail(code: str, message: str, exit_code: int, fields: Mapping[str, Any] | None = None, **more: Any) -> int:
    if _wants_json:
        answer({"error": {"code": code, "message": message, **more, "fields": dict(fields or {})}})
    elif message:
        say(f"graphcdp: {message}")
    return exit_code


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Path, Exception)):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
