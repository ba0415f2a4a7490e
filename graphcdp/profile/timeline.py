"""A person's interactions, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.graph import Graph
from graphcdp.profile.values import Interaction, InteractionDetails, Product, SeenDevice, TimelinePage

_EMPTY: Page[Interaction] = Page((), more=False)


class Timelines:
    """Reads events; each method is one statement."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def pages(self, profile_ids: Sequence[str], page: TimelinePage) -> list[Page[Interaction]]:
        """Return the same stretch of several people's time lines.

        Args:
            profile_ids: present ids.
            page: which stretch; one event more than `first` is read, to know whether there is more.

        Returns:
            A page a person in the order given, newest first (ties by id); empty for an unknown id.

        Raises:
            InvalidInputError: the cursor is none.
        """
        before_ts, before_id = read_time_cursor(page.after)
        rows = await self._graph.read(
            "profile.timeline",
            ids=list(dict.fromkeys(profile_ids)),
            page_size=page.first + 1,
            before_ts=before_ts,
            before_id=before_id,
            types=None if page.types is None else list(page.types),
            channels=None if page.channels is None else list(page.channels),
        )
        found = {row["id"]: page_of(row["events"], page.first) for row in rows}
        return [found.get(each, _EMPTY) for each in profile_ids]

    async def events(self, ids: Sequence[str]) -> dict[str, Interaction]:
        """Return events by their ids; an unknown id is left out."""
        rows = await self._graph.read("profile.events_by_ids", ids=list(ids))
        return {row["asked"]: Interaction.of(row["event"]) for row in rows}

    async def details(self, ids: Sequence[str]) -> dict[str, InteractionDetails]:
        """Return what stands behind events: payload, device, products; an unknown id is left out."""
        rows = await self._graph.read("profile.event_details", ids=list(ids))
        return {
            row["id"]: InteractionDetails(
                row["payload"],
                None if row["device"] is None else SeenDevice.of(row["device"]),
                tuple(Product(each["id"], each["name"], each["category"]) for each in row["products"]),
            )
            for row in rows
        }


def page_of(events: Sequence[dict[str, Any]], first: int) -> Page[Interaction]:
    """Make a page of the events that were read, of which one more than `first` shows that there is more."""
    shown = [Interaction.of(event) for event in events[:first]]
    return Page([(each, time_cursor(each.ts, each.id)) for each in shown], more=len(events) > first)
