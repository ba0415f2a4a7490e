"""What a process knows of all placements and their offers, made ready; every decision checks that it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graphcdp.decisions.offers import Offer, Placement, asked_of, kept_offer, kept_placement
from graphcdp.governance import asked
from graphcdp.graph import Transaction
from graphcdp.segments.evaluation.needs import Needs, together

PURPOSE = "personalization"


@dataclass(frozen=True, slots=True)
class Showcase:
    """A placement and what may be shown there.

    Attributes:
        place: the placement.
        offers: the most important first.
        needs: what their rules ask for.
        names: attributes that their texts ask for, and those that say whether anything was said of consent here.
        consents: the latter of them.
        capped: ids of offers that are not shown as often as one likes.
        longest: the longest period of their caps; None: ever.
    """

    place: Placement
    offers: tuple[Offer, ...]
    needs: Needs
    names: tuple[str, ...]
    consents: frozenset[str]
    capped: tuple[str, ...]
    longest: timedelta | None

    @classmethod
    def of(cls, place: Placement, offers: tuple[Offer, ...]) -> Showcase:
        """Make a placement ready."""
        spans = [cap.seconds for each in offers for cap in each.caps]
        consents = asked(PURPOSE, place.channel)
        return cls(
            place,
            offers,
            together(each.ready.needs for each in offers),
            tuple(sorted(consents.union(*(asked_of(each.content) for each in offers)))),
            consents,
            tuple(each.id for each in offers if each.caps),
            None if None in spans else timedelta(seconds=max((span or 0 for span in spans), default=0)),
        )

    def since(self, now: datetime) -> datetime | None:
        """Return from when on impressions count; None: from ever."""
        return None if self.longest is None else now - self.longest


@dataclass(frozen=True, slots=True)
class Showcases:
    """All placements as they were at a version; `version` is None where nothing was ever defined.

    Attributes:
        known: False before they were first read.
    """

    version: str | None = None
    by_id: Mapping[str, Showcase] = field(default_factory=dict)
    known: bool = False

    @classmethod
    async def read(cls, tx: Transaction, version: str | None) -> Showcases:
        """Read all of them; what changed after `version` was seen is read anew by the next one who asks."""
        cases = (
            Showcase.of(kept_placement(row), tuple(kept_offer(each) for each in row["offers"]))
            for row in await tx.run("decisions.shown_at")
        )
        return cls(version, {case.place.id: case for case in cases}, known=True)
