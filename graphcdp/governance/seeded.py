"""The labels, policies and rules of consent that a seed brings along."""

from __future__ import annotations

from typing import Any

from graphcdp.governance.governance import Governance
from graphcdp.identity import Author
from graphcdp.ingest import Seed

_PARTS = {"from", "consent", "labels", "policies", "data"}


async def set_up(governance: Governance, seed: Seed, reached: str) -> None:
    """Define what a seed's `governance.yaml` says, once its story was told so far.

    What somebody has defined, labelled or decided here stays as it is, even where they took a label away.

    Args:
        governance: where.
        seed: the demonstration.
        reached: the last chapter that was loaded.

    Raises:
        ConfigurationError: the file says something else.
        CDPError: there is no such label, dataset, field or marketing action.
    """
    file = seed.folder / "governance.yaml"
    told = seed.brought(file, _PARTS, reached)
    if told is None:
        return
    author = Author(f"seed:{seed.name}", f"as {file.name} of the demonstration says")
    labels = {one.id for one in await governance.labels()}
    for id, title in told.get("labels", {}).items():
        if id not in labels:
            await governance.define_label(id, title, author)
    policies = {one.id for one in await governance.policies()}
    for id, one in told.get("policies", {}).items():
        if id not in policies:
            await governance.define_policy(
                id, author, forbids=one["forbids"], actions=one["actions"], title=one.get("title")
            )
    targets: dict[str, list[str]] = told.get("data", {})
    purposes: dict[str, Any] = told.get("consent", {})
    decided = await governance.decided([*targets, *purposes])
    for purpose, rule in purposes.items():
        if purpose not in decided:
            await governance.ask_consent(purpose, rule, author)
    for target, bears in targets.items():
        if target not in decided:
            await governance.put_labels(target, bears, author)
