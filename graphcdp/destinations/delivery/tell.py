"""Telling what triggers are on: each thing as it happened, none of it about who is a member of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson

from graphcdp.destinations.delivery.patience import Task
from graphcdp.destinations.delivery.turn import Turn
from graphcdp.destinations.kinds.connector import Action, Item


async def tell(turn: Turn, tasks: Sequence[Task]) -> int:
    """Send what happened, and keep the receipts; return how many deliveries were settled."""
    items = [
        Item(
            task.id, cast("Action", task.cause), task.profile or turn.about.id, None, task.profile, {}, task.at,
            task.by_event, told=orjson.loads(task.about or "{}"),
        )
        for task in tasks
    ]  # fmt: skip
    answers = await turn.send(items, tasks)
    if answers is None:
        return 0
    receipts = [turn.answered(task, [answer], "told") for task, answer in zip(tasks, answers, strict=True)]
    await turn.settle([], [], [], receipts)
    return len(receipts)
