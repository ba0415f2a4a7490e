"""The command `identity graph`: a person's identities and links, now or at a past instant."""

from __future__ import annotations

from graphcdp.base import Settings
from graphcdp.cli.as_of import AsOf, PastInstant, WhichClock, read_as_of
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.identity.group import identity
from graphcdp.cli.identity.named import Person, person_of
from graphcdp.identity import IdentityGraph
from graphcdp.identity.questions.explain import GraphLink
from graphcdp.platform import Platform
from graphcdp.profile import PastClock


@identity.command()
def graph(person: Person, *, as_of: AsOf = None, clock: WhichClock = PastClock.KNOWN, as_json: Json = False) -> None:
    """Show a person's identities, those lost one step out, and the links among them in every state.

    With --as-of as things stood at a past instant.
    """
    found = run(_read, settings(), person, read_as_of(as_of, clock))
    answer(named(found), _shown(found))


async def _read(chosen: Settings, person: str, as_of: PastInstant | None) -> IdentityGraph:
    async with Platform.open(chosen) as platform:
        who = await person_of(platform, person)
        if as_of is not None:
            past = platform.past
            moment = past.moment(*as_of, "--as-of")
            then = await (past.get_by_id(who, moment) if isinstance(who, str) else past.get(who, moment))
            return await past.graph_of(then)
        if isinstance(who, str):
            return await platform.identity.graph_of(who)
        return await platform.identity.graph_around(who)


def _shown(found: IdentityGraph) -> str:
    lines = [f"{found.profile_id} holds"]
    lines += [f"  {each.key}" for each in found.identities if each.own]
    lost = [f"  {each.key} ({each.profile_id or 'nobody'})" for each in found.identities if not each.own]
    links = [_link(each) for each in found.links]
    return "\n".join([*lines, *(["and lost", *lost] if lost else []), *(["links", *links] if links else [])])


def _link(link: GraphLink) -> str:
    why = f" because of {link.because}" if link.because else ""
    by = f", by {link.by_event}" if link.by_event else ""
    return f"  {link.left_key} - {link.right_key}: {link.state}{why}{by}, seen {link.seen}"
