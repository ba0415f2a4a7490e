"""A person's word about who is who, the audit of it, and taking it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Context, Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.identity.questions import person_of
from graphcdp.api.graphql.people import Profile
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, Node, global_id, page_size, read_global_id
from graphcdp.base import InvalidInputError
from graphcdp.identity.audit import changes as audit
from graphcdp.identity.decisions import decision as decisions
from graphcdp.identity.decisions import undo as service
from graphcdp.model import IdentityKey

_REASON = strawberry.field(default=None, description="Why, in your own words; it stands in the audit.")
_PREVIEW = strawberry.field(default=False, description="Do it, answer, and roll it back.")


@strawberry.input(description="A profile: by its id, present or past, or by any identity of the person. Give one.")
class PersonInput:
    profile: strawberry.ID | None = strawberry.field(default=None, description="Global id of the profile.")
    identity: IdentityInput | None = strawberry.field(default=None, description="Any identity of the person.")


@strawberry.input(description="A link, by its two ends.")
class LinkInput:
    a: IdentityInput = strawberry.field(description="One identity.")
    b: IdentityInput = strawberry.field(description="The other.")
    reason: str | None = _REASON
    preview: bool = _PREVIEW


@strawberry.input(description="Two profiles.")
class MergeProfilesInput:
    a: PersonInput = strawberry.field(description="One of them.")
    b: PersonInput = strawberry.field(description="The other.")
    reason: str | None = _REASON
    preview: bool = _PREVIEW


@strawberry.input(description="A profile, and which of its identities go.")
class SplitProfileInput:
    person: PersonInput = strawberry.field(description="The profile.")
    identities: list[IdentityInput] = strawberry.field(description="Those that go; they stay together. At most 1,000.")
    reason: str | None = _REASON
    preview: bool = _PREVIEW


@strawberry.input(description="Two values of one namespace.")
class RekeyInput:
    old: IdentityInput = strawberry.field(description="The value of before.")
    new: IdentityInput = strawberry.field(description="The value of now.")
    reason: str | None = _REASON
    preview: bool = _PREVIEW


@strawberry.input(description="A quarantined identity.")
class ReleaseHubInput:
    identity: IdentityInput = strawberry.field(description="The identity that many share.")
    reason: str | None = _REASON
    preview: bool = _PREVIEW


@strawberry.input(description="A decision.")
class UndoChangeInput:
    id: strawberry.ID = strawberry.field(description="Global id of the change, or its `changeId`.")
    reason: str | None = _REASON
    preview: bool = _PREVIEW


@strawberry.enum(description="What a person said of a link.")
class LinkWord(Enum):
    CUT = strawberry.enum_value("cut", description="It is never in force.")
    PINNED = strawberry.enum_value("pinned", description="It is always in force.")


@strawberry.type(description="What became of one link. Null: what events say decides.")
class DecidedLink:
    left_key: str = strawberry.field(description="The smaller key, `namespace|value`.")
    right_key: str = strawberry.field(description="The larger key.")
    before: LinkWord | None = strawberry.field(description="What a person had said of it before.")
    after: LinkWord | None = strawberry.field(description="What is said of it now.")

    @classmethod
    def of(cls, word: decisions.LinkWord) -> Self:
        """Turn a model into its type."""
        return cls(
            left_key=word.left_key,
            right_key=word.right_key,
            before=None if word.before is None else LinkWord(word.before),
            after=None if word.after is None else LinkWord(word.after),
        )


@strawberry.type(description="What became of one identity. Null: what events and rules say decides.")
class DecidedIdentity:
    key: str = strawberry.field(description="`namespace|value`.")
    name: str = strawberry.field(description="`counts_as` (the value that it is one with) or `hub`.")
    before: str | None = strawberry.field(description="What a person had said of it before.")
    after: str | None = strawberry.field(description="What is said of it now.")

    @classmethod
    def of(cls, word: decisions.IdentityWord) -> Self:
        """Turn a model into its type."""
        return cls(key=word.key, name=word.name, before=word.before, after=word.after)


@strawberry.type(description="A profile as it stood at one moment.")
class PersonThen:
    profile_id: str = strawberry.field(description="Its own id.")
    founder: str = strawberry.field(description="Key of the identity that the id comes from.")
    identity_keys: list[str] = strawberry.field(description="The identities it held, by key.")

    @classmethod
    def of(cls, person: decisions.Person) -> Self:
        """Turn a model into its type."""
        return cls(profile_id=person.profile_id, founder=person.founder, identity_keys=list(person.identities))


@strawberry.type(description="An identity that changed hands.")
class IdentityMove:
    key: str = strawberry.field(description="`namespace|value`.")
    from_profile_id: str = strawberry.field(description="Own id of the profile that held it.")
    to_profile_id: str = strawberry.field(description="Own id of the profile that holds it.")

    @classmethod
    def of(cls, move: decisions.Move) -> Self:
        """Turn a model into its type."""
        return cls(key=move.key, from_profile_id=move.from_profile, to_profile_id=move.to_profile)


@strawberry.type(description="A segment that a profile entered or left, or a delivery that began or ceased to wait.")
class ReachChange:
    profile_id: str = strawberry.field(description="Own id of the profile.")
    id: str = strawberry.field(description="Id of the segment or delivery.")
    entered: bool = strawberry.field(description="Whether it is so now; else it was.")

    @classmethod
    def of(cls, reached: decisions.Reached) -> Self:
        """Turn a model into its type."""
        return cls(profile_id=reached.profile_id, id=reached.id, entered=reached.entered)


@strawberry.type(description="What a person's word did.")
class Decision:
    action: str = strawberry.field(description="What was decided, such as `link_cut`, as the audit names it.")
    changed: bool = strawberry.field(description="False: it stood so already, and nothing was written.")
    preview: bool = strawberry.field(description="Whether it was rolled back.")
    sentence: str = strawberry.field(description="The outcome in plain English.")
    change_id: str | None = strawberry.field(
        description="Id of the audited change, to take it back with `undoChange`; null where there is none."
    )
    links: list[DecidedLink] = strawberry.field(description="The links decided about.")
    identities: list[DecidedIdentity] = strawberry.field(description="The identities decided about.")
    before: list[PersonThen] = strawberry.field(description="The profiles concerned, before.")
    after: list[PersonThen] = strawberry.field(description="The profiles concerned, after.")
    moved: list[IdentityMove] = strawberry.field(description="The identities that changed hands, by key.")
    memberships: list[ReachChange] = strawberry.field(description="Segments entered and left.")
    deliveries: list[ReachChange] = strawberry.field(description="Deliveries that began or ceased to wait.")

    @classmethod
    def of(cls, decision: decisions.Decision) -> Self:
        """Turn a model into its type."""
        return cls(
            action=decision.action.value,
            changed=decision.changed,
            preview=decision.preview,
            sentence=decision.sentence,
            change_id=decision.change_id,
            links=[DecidedLink.of(each) for each in decision.wish.links],
            identities=[DecidedIdentity.of(each) for each in decision.wish.identities],
            before=[PersonThen.of(each) for each in decision.before],
            after=[PersonThen.of(each) for each in decision.after],
            moved=[IdentityMove.of(each) for each in decision.moved],
            memberships=[ReachChange.of(each) for each in decision.memberships],
            deliveries=[ReachChange.of(each) for each in decision.deliveries],
        )

    @strawberry.field(description="The people concerned, as they are afterwards; none in a preview.")
    async def profiles(self, info: Info) -> list[Profile]:
        if self.preview:
            return []
        return [Profile.of(await info.context.profile(each.profile_id)) for each in self.after]


@strawberry.type(description="One entry of the audit: what happened to profiles, by which event or by whose word.")
class Change(Node):
    change_id: str = strawberry.field(description="Its own id, `writer/number`.")
    at: datetime = strawberry.field(description="When it was written.")
    kind: str = strawberry.field(description="`profile_merged`, … followed from events; `link_cut`, … were decided.")
    subject: str = strawberry.field(description="Own id of the profile or key of the identity it is about most.")
    by_event: str | None = strawberry.field(description="Own id of the event it followed from.")
    before: list[str] = strawberry.field(description="Own ids of the profiles concerned, before.")
    after: list[str] = strawberry.field(description="Own ids of the profiles concerned, after.")
    who: str | None = strawberry.field(description="Who decided it: an API key by its fingerprint, or a user.")
    reason: str | None = strawberry.field(description="Why, in that person's words.")
    moved: list[IdentityMove] = strawberry.field(description="The identities that changed hands by a decision.")
    links: list[DecidedLink] = strawberry.field(description="The links decided about.")
    identities: list[DecidedIdentity] = strawberry.field(description="The identities decided about.")
    decided: bool = strawberry.field(description="Whether a person decided it, so that `undoChange` takes it back.")
    takes_back: str | None = strawberry.field(description="The change that it takes back, `writer/number`.")

    @classmethod
    def of(cls, change: audit.Change) -> Self:
        """Turn a model into its type."""
        wish = change.wish or decisions.Wish()
        return cls(
            id=global_id("Change", change.id),
            change_id=change.id,
            at=change.at,
            kind=change.kind,
            subject=change.subject,
            by_event=change.by_event,
            before=list(change.before),
            after=list(change.after),
            who=change.who,
            reason=change.reason,
            moved=[IdentityMove.of(each) for each in change.moved],
            links=[DecidedLink.of(each) for each in wish.links],
            identities=[DecidedIdentity.of(each) for each in wish.identities],
            decided=change.wish is not None,
            takes_back=change.takes_back,
        )


DecisionResult = Annotated[
    Decision | NotFound | InvalidInput | Conflict,
    strawberry.union("DecisionResult", description="What a decision did, or why it was refused; then nothing changed."),
]


@strawberry.type(description="The audit.")
class ChangesQuery:
    @strawberry.field(
        description="What happened to profiles, newest first: by which event, or by whose word and why.",
        extensions=[needs(Scope.READ)],
    )
    async def changes(
        self,
        info: Info,
        of: Annotated[
            PersonInput | None,
            strawberry.argument(description="Of one profile and all its identities, or of one identity; null is all."),
        ] = None,
        decided: Annotated[bool, strawberry.argument(description="Only what people decided.")] = False,
        first: First = 20,
        after: After = None,
    ) -> Connection[Change]:
        whose = None if of is None else await _person(info.context, of)
        page = await info.context.platform.changes.page(page_size(first), after, of=whose, decided_only=decided)
        return Connection.of(page, Change.of, begun=after is not None)


@strawberry.type(description="A person's word about who is who.")
class UndoMutation:
    @strawberry.mutation(
        description="Cut a link: it is never in force again, whatever events say.", extensions=[needs(Scope.ADMIN)]
    )
    async def cut_link(
        self, info: Info, input: Annotated[LinkInput, strawberry.argument(description="The link.")]
    ) -> DecisionResult:
        return await _of_link(info, input, info.context.platform.undo.cut)

    @strawberry.mutation(
        description="Pin two identities together: the link holds whatever events say, and is made where there is none.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def pin_link(
        self, info: Info, input: Annotated[LinkInput, strawberry.argument(description="The two identities.")]
    ) -> DecisionResult:
        return await _of_link(info, input, info.context.platform.undo.pin)

    @strawberry.mutation(
        description="Take back a cut or a pin: what events say decides again.", extensions=[needs(Scope.ADMIN)]
    )
    async def restore_link(
        self, info: Info, input: Annotated[LinkInput, strawberry.argument(description="The link.")]
    ) -> DecisionResult:
        return await _of_link(info, input, info.context.platform.undo.restore)

    @strawberry.mutation(
        description="Make two profiles one, by pinning their founders together. No event is moved.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def merge_profiles(
        self, info: Info, input: Annotated[MergeProfilesInput, strawberry.argument(description="The profiles.")]
    ) -> DecisionResult:
        about = await _person(info.context, input.a), await _person(info.context, input.b)
        return await _decided(info, input, info.context.platform.undo.merge, *about)

    @strawberry.mutation(
        description="Part some identities from the rest of a profile: every link between is cut.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def split_profile(
        self, info: Info, input: Annotated[SplitProfileInput, strawberry.argument(description="The profile.")]
    ) -> DecisionResult:
        context = info.context
        if len(input.identities) > service.MOST_KEYS:
            raise InvalidInputError(
                f"{len(input.identities):,} identities are more than {service.MOST_KEYS:,}. Name fewer.",
                field="identities",
                limit=service.MOST_KEYS,
            )
        person = await _person(context, input.person)
        keys = [await identity_key(context, each) for each in input.identities]
        return await _decided(info, input, context.platform.undo.split, person, keys)

    @strawberry.mutation(
        description="Declare two values of a namespace one, as when a customer id changed: history does not split.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def rekey(
        self, info: Info, input: Annotated[RekeyInput, strawberry.argument(description="The values.")]
    ) -> DecisionResult:
        about = await identity_key(info.context, input.old), await identity_key(info.context, input.new)
        return await _decided(info, input, info.context.platform.undo.rekey, *about)

    @strawberry.mutation(
        description="Let an identity link people again that was quarantined because many share it.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def release_hub(
        self, info: Info, input: Annotated[ReleaseHubInput, strawberry.argument(description="The identity.")]
    ) -> DecisionResult:
        key = await identity_key(info.context, input.identity)
        return await _decided(info, input, info.context.platform.undo.release_hub, key)

    @strawberry.mutation(
        description="Take a decision back, whichever it was: all is said as before it.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def undo_change(
        self, info: Info, input: Annotated[UndoChangeInput, strawberry.argument(description="The change.")]
    ) -> DecisionResult:
        return await _decided(info, input, info.context.platform.undo.undo, _change_id(input.id))


_Decide = Callable[..., Awaitable[decisions.Decision]]
_Asked = LinkInput | MergeProfilesInput | SplitProfileInput | RekeyInput | ReleaseHubInput | UndoChangeInput


async def _of_link(info: Info, input: LinkInput, decide: _Decide) -> Decision:
    about = await identity_key(info.context, input.a), await identity_key(info.context, input.b)
    return await _decided(info, input, decide, *about)


async def _decided(info: Info, input: _Asked, decide: _Decide, *about: object) -> Decision:
    """Carry a decision out, by and for whoever asks."""
    return Decision.of(await decide(*about, info.context.author(input.reason), preview=input.preview))


async def _person(context: Context, given: PersonInput) -> str | IdentityKey:
    return await person_of(context, given.identity, given.profile)


def _change_id(given: str) -> str:
    if "/" in given:
        return given
    kind, own = read_global_id(given)
    if kind != "Change":
        raise InvalidInputError(f"`id` is the id of a {kind}. Give that of a Change.", field="id")
    return own
