"""Messages to people: one at a time, and never twice, whatever happens to the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphcdp.destinations.delivery.activated import Activated, item, item_id, with_ref
from graphcdp.destinations.delivery.patience import Task
from graphcdp.destinations.delivery.step import Deed, Stand
from graphcdp.destinations.errors import DownError

_UNSURE = "The process ended while the message was on its way; whether it arrived is not known. Replay it, or leave it."


async def speak(activated: Activated, tasks: Sequence[Task], stopping: Callable[[], bool]) -> int:
    """Send messages, one after the other, each between two transactions: on its way, and what became of it."""
    turn = activated.turn
    of, steps, stands = await activated.steps(tasks)
    settled = 0
    for id, waiting in of.items():
        if stopping():
            break
        found = steps[id]
        gone = [deed for deed in found.deeds if deed.action == "remove"]
        lost = {one.subject for one in found.unsure}
        dropped = [[deed.kind, deed.key] for deed in gone]
        messaged = [deed.key for deed in gone if deed.ref in {one.ref for one in found.unsure}]
        kept = [[one.kind, one.subject, "unsure", one.hash] for one in found.unsure if one.subject not in messaged]
        add = next((deed for deed in found.deeds if deed.action == "add"), None)
        if lost:
            receipts = [turn.receipt(task, "unsure", "unsure", _UNSURE) for task in waiting]
        elif found.wait_until is not None:
            receipts = [
                [task.id, "queued", found.outcome, None, task.attempts, found.wait_until, task.first_failed, 0]
                for task in waiting
            ]
        elif add is None:
            receipts = [turn.receipt(task, "done", "removed" if gone else found.outcome, None) for task in waiting]
        else:
            sent = await _one_message(activated, with_ref(add), waiting, stands[id])
            if sent is None:
                return 0
            verdict, more, messaged_now, receipts = sent
            kept += more
            messaged += messaged_now
            stays = verdict == "unsure" or (verdict == "done" and activated.activation.mode != "reminders")
            dropped += [] if stays else [[add.kind, add.key]]
        await turn.settle(kept, dropped, messaged, receipts)
        settled += len(receipts)
        if add is not None:
            await turn.pace(1)
    return settled


async def _one_message(
    activated: Activated, deed: Deed, tasks: Sequence[Task], stand: Stand
) -> tuple[str, list[Any], list[str], list[list[Any]]] | None:
    turn = activated.turn
    await turn.begin([[deed.kind, deed.key, "in_flight", deed.ref, deed.hash]], turn.patience.message_seconds)
    message = item(deed, tasks[-1], item_id(deed), stand)
    try:
        (answer,) = await turn.connector.send(turn.load([message]))
    except DownError as error:  # a connector of messages says so only where nothing has gone out
        await turn.settle([], [[deed.kind, deed.key]], [], [])
        await turn.down(tasks, error)
        return None
    await turn.well()
    if answer.verdict == "unsure":
        receipts = [turn.receipt(task, "unsure", "unsure", answer.detail, 1) for task in tasks]
        return "unsure", [[deed.kind, deed.key, "unsure", deed.hash]], [], receipts
    receipts = [turn.answered(task, [answer], "sent") for task in tasks]
    done = answer.verdict == "done"
    once = activated.activation.mode == "reminders"  # the next wish is another one
    kept = [[deed.kind, deed.key, "held", deed.hash]] if done and not once else []
    return answer.verdict, kept, [deed.key] if done else [], receipts
