"""One evaluation of a rule: who, when, the event at hand, and the earliest change met so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from graphcdp.segments.computed.figure import NEVER
from graphcdp.segments.evaluation.compare import Compared
from graphcdp.segments.evaluation.person import Occurrence, Person

_Made = TypeVar("_Made")


class Scene:
    """One evaluation.

    Attributes:
        person: who.
        now: when.
        until: the earliest later instant met so far at which the answer may change.
        event: that a `where` is about.
        steps: the events that earlier steps of a sequence found.
    """

    __slots__ = ("_kept", "event", "now", "person", "steps", "until")

    def __init__(self, person: Person, now: datetime) -> None:
        self.person = person
        self.now = now
        self.until: datetime | None = None
        self.event: Occurrence | None = None
        self.steps: tuple[Occurrence, ...] = ()
        self._kept: dict[object, tuple[Any, datetime | None]] = {}

    def changes(self, at: datetime | None) -> None:
        """Note an instant at which the answer may change."""
        if at is not None and self.now < at < NEVER and (self.until is None or at < self.until):
            self.until = at

    def once(self, of: object, make: Callable[[], _Made]) -> _Made:
        """Return what is made of `of`; it is made once in this evaluation, and what may change it is noted each time.

        Args:
            of: stands for a part of the rule that says the same about the person whatever event is at hand.
            make: makes it.
        """
        if of not in self._kept:
            before, self.until = self.until, None
            made = make()
            self._kept[of] = made, self.until
            self.until = before
        made, until = self._kept[of]
        self.changes(until)
        return made


Test = Callable[[Scene], bool]
Read = Callable[[Scene], Compared]
Match = Callable[[Scene, Occurrence], bool]


def events_by(scene: Scene, by: str) -> Iterator[Occurrence]:
    """Yield the events of the person, or of the others of the household."""
    if by == "self":
        yield from scene.person.events
        return
    for other in scene.person.others:
        yield from other.events
