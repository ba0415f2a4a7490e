"""The commands `policy …`: labels of data, what they forbid, checks, permissions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, cast

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import FAILED, Json, answer, app, leave, named, run, settings
from graphcdp.cli.identity.author import Reason, author
from graphcdp.governance import Check, Label, MarketingAction, Override, Policy
from graphcdp.governance.policy import ConsentRule
from graphcdp.identity import Author
from graphcdp.platform import Platform

policy = typer.Typer(
    name="policy",
    help="Labels of data, and policies about what labelled data may be used for.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(policy)

Labels = Annotated[list[str] | None, typer.Option("--label", help="A label; as often as there are.")]
Actions = Annotated[list[str] | None, typer.Option("--action", help="A marketing action; as often as there are.")]


@policy.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the policies."""
    found = run(_policies, settings())
    lines = [
        f"{one.id}{'' if one.active else ' (off)'}: {' or '.join(' + '.join(sorted(each)) for each in one.forbids)} "
        f"not for {', '.join(one.actions)}. {one.title}"
        for one in found
    ]
    answer([named(one) | {"forbids": [sorted(each) for each in one.forbids]} for one in found], "\n".join(lines))


@policy.command()
def labels(*, as_json: Json = False) -> None:
    """List the labels, and what bears them."""
    found = run(_labels, settings())
    lines = [
        f"{one.id:<4} {one.title}"
        + (f" [{', '.join((*one.datasets, *one.fields))}]" if one.datasets or one.fields else "")
        for one in found
    ]
    answer([named(one) for one in found], "\n".join(lines))


@policy.command("define-label")
def define_label(
    id: Annotated[str, typer.Argument(help="A short name.")],
    title: Annotated[str, typer.Argument(help="What it says.")],
    *,
    family: Annotated[str, typer.Option(help="What kind of label it is.")] = "own",
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Define a label of your own."""
    found = run(_define_label, settings(), id, title, family, author(reason))
    answer(named(found), f"{found.id}: {found.title}")


@policy.command()
def label(
    target: Annotated[str, typer.Argument(help="luma_crm.contacts, luma_crm.contacts/STREET, or profile.city.")],
    labels: Annotated[list[str] | None, typer.Argument(help="All that it is to bear; none takes all away.")] = None,
    *,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Give a dataset or a field exactly these labels, and say what is forbidden by it now."""
    found = run(_label, settings(), target, labels or [], author(reason))
    told = f"{target} bears {', '.join(labels or []) or 'no label'}."
    answer([named(one) for one in found], "\n".join((told, *(one.sentence for one in found))))


@policy.command()
def actions(*, as_json: Json = False) -> None:
    """List the marketing actions, and what consent each asks for."""
    found = run(_actions, settings())
    lines = [f"{one.id}: {one.title} Purpose {one.purpose}, consent {one.consent}." for one in found]
    answer([named(one) for one in found], "\n".join(lines))


@policy.command()
def action(
    id: Annotated[str, typer.Argument(help="A short name.")],
    *,
    title: Annotated[str | None, typer.Option(help="For people.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What a person agrees to, or refuses.")] = None,
    consent: Annotated[str | None, typer.Option(help="required, or unless_denied.")] = None,
    as_json: Json = False,
) -> None:
    """Define a marketing action, or change what consent one asks for."""
    found = run(_action, settings(), id, author(None), title, purpose, consent)
    answer(named(found), f"{found.id}: purpose {found.purpose}, consent {found.consent}.")


@policy.command()
def consent(
    purpose: Annotated[str, typer.Argument(help="marketing, advertising, personalization, sharing, …")],
    rule: Annotated[str, typer.Argument(help="required, or unless_denied.")],
    *,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Say what consent everything done for a purpose asks for."""
    found = run(_consent, settings(), purpose, rule, author(reason))
    answer(
        [named(one) for one in found],
        f"For {purpose} consent is {rule.replace('_', ' ')}: {', '.join(one.id for one in found)}.",
    )


@policy.command()
def define(
    id: Annotated[str, typer.Argument(help="A short name.")],
    forbids: Annotated[list[str], typer.Argument(help="Sets of labels, each as C1+I1.")],
    *,
    for_: Annotated[list[str], typer.Option("--for", help="A marketing action; as often as there are.")],
    title: Annotated[str | None, typer.Option(help="For people.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Keep it, without effect.")] = False,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Define or change a policy, and say what is forbidden by it now."""
    sets = [each.split("+") for each in forbids]
    found, checks = run(_define, settings(), id, sets, for_, title, not off, author(reason))
    data = named(found) | {"forbids": [sorted(each) for each in found.forbids]}
    answer(
        {"policy": data, "forbidden": [named(one) for one in checks]},
        "\n".join((f"{found.id} is {'kept' if found.active else 'off'}.", *(one.sentence for one in checks))),
    )


@policy.command()
def check(
    activation: Annotated[str | None, typer.Argument(help="An activation that is there; or say what would be.")] = None,
    *,
    offer: Annotated[str | None, typer.Option(help="Or an offer that is there.")] = None,
    segment: Annotated[str | None, typer.Option(help="The segment that would be sent.")] = None,
    destination: Annotated[str | None, typer.Option(help="Where it would go.")] = None,
    actions: Actions = None,
    fields: Annotated[list[str] | None, typer.Option("--field", help="What would be sent: profile.city.")] = None,
    as_json: Json = False,
) -> None:
    """Say whether policies allow an activation or an offer; the exit code is 1 where they do not."""
    if offer is not None:
        found = run(_check_offer, settings(), offer)
    else:
        found = run(_check, settings(), activation, segment, destination, actions or [], fields or [])
    answer(named(found), found.sentence)
    if not found.allowed:
        leave(FAILED)


@policy.command()
def violations(*, as_json: Json = False) -> None:
    """Check every activation and offer, and list those in which something is forbidden."""
    found = run(_look, settings())
    answer([named(one) for one in found], "\n".join(one.sentence for one in found) or "Nothing is forbidden.")


@policy.command()
def override(
    policy: Annotated[str, typer.Argument(help="Which policy.")],
    *,
    days: Annotated[float, typer.Option(help="How long, within a year.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit.")],
    activation: Annotated[str | None, typer.Option(help="Only for this activation.")] = None,
    offer: Annotated[str | None, typer.Option(help="Only for this offer.")] = None,
    as_json: Json = False,
) -> None:
    """Permit what a policy forbids for some days. It is audited."""
    until = datetime.now(UTC) + timedelta(days=days)
    found = run(_override, settings(), policy, until, (activation, offer), author(reason))
    answer(named(found), f"{found.id}: {policy} is overridden until {found.until:%Y-%m-%d %H:%M} UTC.")


@policy.command()
def overrides(
    *, past: Annotated[bool, typer.Option("--past", help="Also those that ended.")] = False, as_json: Json = False
) -> None:
    """List permissions to go against policies."""
    found = run(_overrides, settings(), past)
    lines = [
        f"{one.id}: {one.policy} for {one.activation or one.offer or 'all'} until {one.until}, by {one.author}: "
        f"{one.reason}"
        for one in found
    ]
    answer([named(one) for one in found], "\n".join(lines) or "There is none.")


@policy.command("end-override")
def end_override(id: Annotated[str, typer.Argument(help="Which.")], *, as_json: Json = False) -> None:
    """End a permission before its time."""
    run(_end, settings(), id, author(None))
    answer({"ended": id}, f"{id} has ended.")


async def _policies(chosen: Settings) -> tuple[Policy, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.policies()


async def _labels(chosen: Settings) -> tuple[Label, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.labels()


async def _define_label(chosen: Settings, id: str, title: str, family: str, who: Author) -> Label:
    async with Platform.open(chosen) as platform:
        return await platform.governance.define_label(id, title, who, family=family)


async def _label(chosen: Settings, target: str, labels: list[str], who: Author) -> tuple[Check, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.put_labels(target, labels, who)


async def _actions(chosen: Settings) -> tuple[MarketingAction, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.actions()


async def _action(chosen: Settings, id: str, who: Author, *told: str | None) -> MarketingAction:
    title, purpose, consent = told
    async with Platform.open(chosen) as platform:
        return await platform.governance.define_action(
            id, who, title=title, purpose=purpose, consent=cast(ConsentRule | None, consent)
        )


async def _consent(chosen: Settings, purpose: str, rule: str, who: Author) -> tuple[MarketingAction, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.ask_consent(purpose, cast(ConsentRule, rule), who)


async def _define(chosen: Settings, id: str, sets: list[list[str]], *told: object) -> tuple[Policy, tuple[Check, ...]]:
    actions, title, active, who = told
    async with Platform.open(chosen) as platform:
        return await platform.governance.define_policy(
            id, cast(Author, who), forbids=sets, actions=cast(list[str], actions), title=cast(str | None, title),
            active=bool(active),
        )  # fmt: skip


async def _check(
    chosen: Settings, activation: str | None, segment: str | None, destination: str | None, *told: list[str]
) -> Check:
    actions, fields = told
    async with Platform.open(chosen) as platform:
        if activation is not None:
            return await platform.governance.check(activation)
        if segment is None or destination is None or not actions:
            raise InvalidInputError("Name an activation, or --segment, --destination and --action.", field="activation")
        return await platform.governance.check_plan(
            segment=segment, destination=destination, actions=actions, sources=fields
        )


async def _check_offer(chosen: Settings, offer: str) -> Check:
    async with Platform.open(chosen) as platform:
        return await platform.governance.check_offer(offer)


async def _look(chosen: Settings) -> tuple[Check, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.look()


async def _override(
    chosen: Settings, policy: str, until: datetime, target: tuple[str | None, str | None], who: Author
) -> Override:
    activation, offer = target
    async with Platform.open(chosen) as platform:
        return await platform.governance.override(policy, who, until=until, activation=activation, offer=offer)


async def _overrides(chosen: Settings, past: bool) -> tuple[Override, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.governance.overrides(all=past)


async def _end(chosen: Settings, id: str, who: Author) -> None:
    async with Platform.open(chosen) as platform:
        await platform.governance.end_override(id, who)
