"""Bringing a destination in step: who is to be added, changed and taken out; entries and exits told; the erased."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from graphcdp.destinations.delivery.activated import Activated, item, item_id, with_ref
from graphcdp.destinations.delivery.patience import Task
from graphcdp.destinations.delivery.step import Deed
from graphcdp.destinations.delivery.turn import Turn
from graphcdp.destinations.kinds.connector import Answer, Item

_DONE = {"add": "added", "update": "updated", "remove": "removed"}


async def bring(activated: Activated, tasks: Sequence[Task]) -> int:
    """Bring the destination in step about the people of some deliveries."""
    turn = activated.turn
    of, steps, stands = await activated.steps(tasks)
    deeds = [(id, with_ref(deed)) for id in steps for deed in steps[id].deeds]
    deeds.sort(key=lambda one: one[1].action != "remove")
    answers: list[Answer] = []
    if deeds:
        begun = [[deed.kind, deed.key, "sending", deed.ref, deed.hash] for _, deed in deeds if deed.action != "remove"]
        if begun:
            await turn.begin(begun)
        items = [item(deed, of[id][-1], item_id(deed), stands[id]) for id, deed in deeds]
        given = await turn.send(items, tasks)
        if given is None:
            return 0
        answers = list(given)
    kept, dropped = [], []
    by_person: dict[str, list[tuple[Deed, Answer]]] = {}
    for (id, deed), answer in zip(deeds, answers, strict=True):
        by_person.setdefault(id, []).append((deed, answer))
        if answer.verdict == "later":
            continue
        if deed.action == "remove" or (deed.action == "add" and answer.verdict == "refused"):
            if answer.verdict == "done" or deed.action == "add":
                dropped.append([deed.kind, deed.key])
        else:
            kept.append([deed.kind, deed.key, "held", deed.hash])
    receipts = []
    for id, tasks_of in of.items():
        done = by_person.get(id, [])
        outcome = _outcome(done) or steps[id].outcome
        for task in tasks_of:
            receipts.append(turn.answered(task, [answer for _, answer in done], outcome))
    await turn.settle(kept, dropped, [], receipts)
    return len(receipts)


async def events(of: Activated, tasks: Sequence[Task]) -> int:
    """Tell entries and exits, each as it happened."""
    stands = await of.stands([task.profile for task in tasks])
    refused = await of.refused([task.profile for task in tasks])
    sent, receipts = [], []
    for task in tasks:
        stand, no = stands[task.profile], refused[task.profile]
        if task.cause == "entered" and (no is not None or stand.suppressed):
            receipts.append(of.turn.receipt(task, "done", no or "suppressed", None))
            continue
        told = Deed(
            "entered" if task.cause == "entered" else "exited",
            "person",
            task.profile,
            task.profile,
            None,
            of.fields(stand),
        )
        sent.append((task, item(told, task, task.id, stand)))
    if sent:
        answers = await of.turn.send([item for _, item in sent], [task for task, _ in sent])
        if answers is None:
            if receipts:
                await of.turn.settle([], [], [], receipts)
            return 0
        receipts += [of.turn.answered(task, [answer], "told") for (task, _), answer in zip(sent, answers, strict=True)]
    await of.turn.settle([], [], [], receipts)
    return len(receipts)


async def erased(turn: Turn, tasks: Sequence[Task]) -> int:
    """Take out people who are not in the graph any more; the deliveries say what they were known by."""
    items, named = [], []
    for task in tasks if turn.connector.can_remove and turn.connector.message_channel is None else ():
        for said in task.subjects or ():
            kind, _, key = said.partition("|")
            namespace, _, value = key.partition("|")
            name = key if kind == "person" else turn.connector.name_of(namespace, value)
            if name is not None:
                id = hashlib.blake2b(f"{task.id}|{key}".encode(), digest_size=16).hexdigest()
                spaces = None if kind == "person" else namespace
                items.append(Item(id, "remove", name, spaces, task.profile, {}, task.at))
                named.append(task.id)
    answers: list[Answer] = []
    if items:
        given = await turn.send(items, tasks)
        if given is None:
            return 0
        answers = given
    told: dict[str, list[Answer]] = {}
    for id, answer in zip(named, answers, strict=True):
        told.setdefault(id, []).append(answer)
    receipts = [
        turn.answered(task, told.get(task.id, []), "removed" if task.id in told else "forgotten") for task in tasks
    ]
    await turn.settle([], [], [], receipts)
    return len(receipts)


def _outcome(done: Sequence[tuple[Deed, Answer]]) -> str | None:
    """Return what was done to a person, the most telling first."""
    actions = {deed.action for deed, answer in done if answer.verdict == "done"}
    return next((_DONE[one] for one in ("add", "update", "remove") if one in actions), None)
