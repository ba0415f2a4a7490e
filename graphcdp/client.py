"""The door for notebooks and scripts: every service of a graph, called without `await`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from functools import wraps
from types import TracebackType
from typing import Any, cast, get_type_hints

import pandas as pd
from anyio.from_thread import BlockingPortal, start_blocking_portal

from graphcdp.base import InvalidInputError, Settings, load_settings
from graphcdp.identity.reports.report import Watch
from graphcdp.journeys import EVERYTHING, Selection
from graphcdp.pictures import Picture
from graphcdp.platform import Platform


class Answer(pd.DataFrame):
    """The table of a journey analysis.

    What is made from it is a plain DataFrame; the answer itself says the rules it was computed under, and draws itself.
    """

    _metadata = ("answer",)
    answer: Any

    @property
    def rules(self) -> dict[str, Any]:
        """The rules it was computed under: order, window, container, identity rules, engine, as of when."""
        return dict(self.answer.rules)

    def plot(self) -> Picture:  # type: ignore[override]
        """Return it as a picture; a notebook shows it, `.save("funnel.png")` keeps it. Needs the extra `pictures`."""
        return cast("Picture", self.answer.plot())


class CDP:
    """A graph and its services, from outside any event loop: `with graphcdp.connect() as cdp: cdp.profiles.get(…)`.

    Each attribute is the service of that name of `graphcdp.platform.Platform`, with the same methods; they block until
    they are done. The analyses of `journeys` take the fields of their rule and selection as names of arguments, and
    give a DataFrame.
    """

    def __init__(self, settings: Settings) -> None:
        self._closing = ExitStack()
        self._portal: BlockingPortal = self._closing.enter_context(start_blocking_portal())
        try:
            self._platform: Platform = self._closing.enter_context(
                self._portal.wrap_async_context_manager(Platform.open(settings))
            )
        except BaseException:
            self._closing.close()
            raise

    def __getattr__(self, name: str) -> Any:
        """Return a service."""
        if name.startswith("_"):
            raise AttributeError(name)
        service = getattr(self._platform, name)
        if inspect.iscoroutinefunction(service):
            return _blocking(self._portal, service)
        if name == "journeys":
            return _Analyses(self._portal, service)
        return service if isinstance(service, dict) else _Blocking(self._portal, service)

    def __dir__(self) -> list[str]:
        """Name the services."""
        return ["close", *(name for name in dir(self._platform) if not name.startswith("_"))]

    def __enter__(self) -> CDP:
        """Return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Write what was handed in, and let go of the graph; the server goes on running."""
        self._closing.close()


def connect(settings: Settings | None = None, **overrides: object) -> CDP:
    """Open the graph that the settings mean; the embedded Neo4j is fetched and started if need be.

    It may be called in a notebook, where an event loop is running.

    Args:
        settings: of it; None: from the environment (`GRAPHCDP_…`).
        overrides: single settings by name, such as `home` or `neo4j_uri`, where `settings` is None.

    Raises:
        ConfigurationError: a setting is wrong.
        ServerError: the embedded Neo4j could not be fetched or started.
        GraphUnavailableError: the server named by the settings does not answer.
    """
    return CDP(settings or load_settings(**overrides))


class _Blocking:
    """A service whose coroutine methods block."""

    def __init__(self, portal: BlockingPortal, service: Any) -> None:
        self._portal = portal
        self._service = service

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._service, name)
        return _blocking(self._portal, found) if inspect.iscoroutinefunction(found) else found

    def __dir__(self) -> Iterator[str]:
        return (name for name in dir(self._service) if not name.startswith("_"))


class _Analyses(_Blocking):
    """The analyses of journeys, with flat arguments and tables for answers.

    Beside its own, every analysis takes `parts_by` (and `most_parts`): the table of each part below the other; or
    `against="cookies"` or the YAML of other identity rules: the table of both answers and their difference. With
    `progress` a function is told some times a second how far it is (`told.stage`, and `told.share` from 0 to 1); what
    it raises stops the question, as an interrupt does.
    """

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if not inspect.isroutine(found) or not inspect.iscoroutinefunction(inspect.unwrap(found)):
            return found
        plain = inspect.unwrap(found)

        @wraps(plain)
        def ask(*args: Any, **named: Any) -> Any:
            by, against, progress = (named.pop(name, None) for name in ("parts_by", "against", "progress"))
            cut = {"most": named.pop("most_parts", 10)}
            given = _gathered(plain, args, named)
            if by is None and against is None:
                method = getattr(self._service, name)
                answer = self._asked(lambda: method(*args, **given), progress)
            else:
                answer = self._twice(name, args, given, by, against, cut, progress)
            if not hasattr(answer, "frame"):
                return answer
            table = Answer(answer.frame())
            table.answer = answer
            return table

        return ask

    def _twice(  # noqa: PLR0917
        self,
        name: str,
        args: tuple[Any, ...],
        given: dict[str, Any],
        by: str | None,
        against: str | None,
        cut: Any,
        progress: Watch | None,
    ) -> Any:
        """Ask for each part, or under other rules, too."""
        if by is not None and against is not None:
            raise InvalidInputError("Ask for parts, or against other rules; not both at once.", field="against")
        if "selection" not in inspect.signature(getattr(self._service, name)).parameters:
            raise InvalidInputError(f"{name} looks at no selection.", field="parts_by")
        selection = given.pop("selection", EVERYTHING)

        def question(whose: Selection) -> Any:
            return getattr(self._service, name)(*args, **given, selection=whose)

        async def answer() -> Any:
            if by is not None:
                return await self._service.by_part(question, by, selection, **cut)
            rules = {"cookies": True} if against == "cookies" else {"identity_rules": against}
            return await self._service.compare(question, selection, **rules)

        return self._asked(answer, progress)

    def _asked(self, ask: Callable[[], Awaitable[Any]], progress: Watch | None) -> Any:
        """Wait for an answer; an interrupt stops it on the server, too."""

        async def answered() -> Any:
            return await (ask() if progress is None else self._service.watched(ask, progress))

        waiting = self._portal.start_task_soon(answered)
        try:
            return waiting.result()
        except KeyboardInterrupt:
            waiting.cancel()
            raise


def _blocking(portal: BlockingPortal, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **named: Any) -> Any:
        return portal.call(lambda: method(*args, **named))

    return call


def _gathered(method: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with fields of rules and selections put into these.

    Raises:
        InvalidInputError: an argument is neither one of the method nor a field of what it takes.
    """
    hints = get_type_hints(method)
    free = list(inspect.signature(method).parameters)[len(args) :]
    given = {name: value for name, value in named.items() if name in free}
    rest = {name: value for name, value in named.items() if name not in free}
    for name in sorted(free, key=lambda each: each != "selection"):
        kind = next(
            (one for one in (hints.get(name), *getattr(hints.get(name), "__args__", ())) if is_dataclass(one)), None
        )
        if kind is None or name in given:
            continue
        own = {field.name: rest.pop(field.name) for field in fields(kind) if field.name in rest}
        if own:
            given[name] = cast("Any", kind)(
                **{key: tuple(one) if isinstance(one, list) else one for key, one in own.items()}
            )
    if rest:
        raise InvalidInputError(
            f"{method.__name__} takes no {', '.join(sorted(rest))}; see help(cdp.journeys.{method.__name__}).",
            field=min(rest),
        )
    return given
