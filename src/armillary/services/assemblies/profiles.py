"""Profiles as assemblies: who is on a workspace's roster, under which name, and in which role.

Whatever is written here raises the account's revision, so that nobody goes on with what they were. An API key is what
it was made to be: of its profile only the departments are chosen here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain import roster as domain
from armillary.domain.access import Principal, Role
from armillary.domain.accounts import Member, Profile, ProfileKind, member_document, profile_document
from armillary.domain.assemblies import Claims, Kind, Said, Slot
from armillary.domain.changes import Change
from armillary.domain.editing import Actor, Rules
from armillary.domain.errors import InvalidRequest, PermissionDenied
from armillary.domain.roster import Entry, RosterRules, assembled, is_above
from armillary.services import records
from armillary.services.assemblies.kinds import Edit, Linked, Links, New, Owned, Refused
from armillary.storage import links as link_store
from armillary.storage import members, profiles, resources
from armillary.storage import roster as store
from armillary.storage.database import Reading, Writing
from armillary.storage.revisions import account_raised

_MANAGE = "models:manage"
#: Member of a profile -> the slot that states it.
_SLOT_OF = {"name": Slot.NAMES, "email": Slot.EMAILS, "role": Slot.ROLES, "active": Slot.FLAGS}


class Profiles:
    """The assembler of profiles. Everybody may change their own name, so that only who does more needs to manage."""

    kind = Kind.PROFILE
    reads = "models:read"
    manages = "models:read"
    rules: Rules = RosterRules()

    async def owned(self, reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Owned]:
        """Those of the profiles that are on the workspace's roster; who may not enter can be let in again."""
        return {one: owned(entry) for one, entry in (await store.by_ids(reading, workspace, ids)).items()}

    def claims(self, one: Owned, slot: Slot) -> Claims:
        """See ``domain.roster.claims``."""
        return domain.claims(_member(one), slot)

    def said(self, slot: Slot, linked: Sequence[Linked]) -> list[Said | None]:
        """See ``domain.roster.said``."""
        return domain.said(slot, linked)

    async def uses(self, reading: Reading, workspace: UUID, ids: Collection[UUID]) -> dict[UUID, int]:  # noqa: ARG002
        """Nothing uses profiles."""
        return {}

    async def suggested(  # noqa: D102  as the protocol says: no form offers profiles
        self,
        reading: Reading,  # noqa: ARG002
        workspace: UUID,  # noqa: ARG002
        actor: Actor,  # noqa: ARG002
        *,
        exclude: Collection[UUID],  # noqa: ARG002
        limit: int,  # noqa: ARG002
    ) -> list[UUID]:
        return []

    async def make(
        self,
        tx: Writing,
        caller: Principal,
        news: Sequence[New],
        *,
        revision: int,  # noqa: ARG002  the account's counts
        at: datetime,
    ) -> None:
        """The profiles are people of the account, and members of the workspace.

        Raises: Refused; PermissionDenied, for a role above the caller's own, and for departments beyond them.
        """
        caller.require(_MANAGE)
        made = [_made(index, new, caller, at) for index, new in enumerate(news)]
        await _refuse_taken(tx, caller, dict(enumerate(made)))
        own = await _departments(tx, caller)
        for member, new in zip(made, news, strict=True):
            _require_grantable(caller, member)
            _require_assignable(caller, own, (), new.links.get(Slot.DEPARTMENTS, ()))
        for member in made:
            await profiles.insert(tx, member.profile)
            await members.insert(tx, member)
        await _kept(tx, caller, made, at=at)
        await records.many(
            tx, [each for member, new in zip(made, news, strict=True) for each in _created(caller, member, new, at)]
        )

    async def change(
        self,
        tx: Writing,
        caller: Principal,
        edits: Sequence[Edit],
        *,
        revision: int,  # noqa: ARG002  as above
        at: datetime,
    ) -> None:
        """The profiles are as their links say. Raises: Refused, PermissionDenied."""
        pairs = [(_member(edit.before), _edited(index, edit)) for index, edit in enumerate(edits)]
        elsewhere = await store.elsewhere(tx, caller.workspace, [before.profile.id for before, _ in pairs])
        for (before, after), edit in zip(pairs, edits, strict=True):
            _require_changeable(caller, before, after, edit, elsewhere=before.profile.id in elsewhere)
        moved = {n: after for n, (was, after) in enumerate(pairs) if was.profile.email != after.profile.email}
        await _refuse_taken(tx, caller, moved)
        await _require_assignments(tx, caller, edits)
        await store.save_profiles(tx, [after.profile for before, after in pairs if before.profile != after.profile])
        for before, after in pairs:
            if (before.role, before.active) != (after.role, after.active):
                await members.save(tx, after)
        await _require_owner(tx, caller, [before for before, _ in pairs])
        await _kept(tx, caller, [after for _, after in pairs], at=at)
        await records.many(
            tx, [each for pair, edit in zip(pairs, edits, strict=True) for each in _changed(caller, *pair, edit, at)]
        )

    async def remove(
        self,
        tx: Writing,
        caller: Principal,
        things: Sequence[Owned],
        *,
        revision: int,  # noqa: ARG002  as above
        at: datetime,
    ) -> None:
        """The profiles are members no more; who belongs nowhere else leaves its address to others. Raises: Refused."""
        caller.require(_MANAGE)
        gone = [_member(one) for one in things]
        for index, one in enumerate(gone):
            if one.profile.kind is ProfileKind.API_KEY:
                raise Refused(index, "id", "this is an API key's profile: delete the key itself")
        for one in gone:
            await members.delete(tx, caller.workspace, one.profile.id)
        left = await store.elsewhere(tx, caller.workspace, [one.profile.id for one in gone])
        homeless = [one.profile for one in gone if one.profile.id not in left]
        await store.save_profiles(tx, [replace(one, email="") for one in homeless])
        await _require_owner(tx, caller, gone)
        await account_raised(tx, caller.account)
        await records.many(
            tx,
            [records.deletion(caller, "member", one.profile.id, member_document(one), at=at) for one in gone],
        )


assembler = Profiles()


def owned(entry: Entry) -> Owned:
    """The profile with what the machine needs to know of it."""
    member = entry.member
    return Owned(
        subject=entry,
        id=member.profile.id,
        name=member.profile.name,
        created_at=member.profile.created_at,
        updated_at=member.added_at,
        active=member.active,
        role=member.role,
    )


def _member(one: Owned) -> Member:
    entry: Entry = one.subject
    return entry.member


# What becomes of whom


def _made(index: int, new: New, caller: Principal, at: datetime) -> Member:
    profile = Profile(id=new.id, account=caller.account, kind=ProfileKind.USER, name="", created_at=at)
    blank = Member(workspace=caller.workspace, profile=profile, role=caller.role, added_at=at)
    return _assembled(index, blank, new.links)


def _edited(index: int, edit: Edit) -> Member:
    before = _member(edit.before)
    after = _assembled(index, before, edit.links)
    if before.profile.kind is ProfileKind.API_KEY and before != after:
        member = next(name for name, differs in _differing(before, after).items() if differs)
        raise Refused(index, _SLOT_OF[member], "this is an API key's profile: change the key itself")
    return after


def _assembled(index: int, member: Member, links: Links) -> Member:
    """Raises: Refused."""
    try:
        return assembled(member, links)
    except InvalidRequest as exc:
        raise Refused(index, _SLOT_OF.get(exc.field, exc.field), exc.sentence) from exc


def _differing(before: Member, after: Member) -> dict[str, bool]:
    return {
        "name": before.profile.name != after.profile.name,
        "email": before.profile.email != after.profile.email,
        "role": before.role is not after.role,
        "active": before.active != after.active,
    }


# What is refused


def _require_changeable(caller: Principal, before: Member, after: Member, edit: Edit, *, elsewhere: bool) -> None:
    """Pass where the caller may change this much of it; that it may be edited at all, the rules have told.

    Raises: PermissionDenied.
    """
    differs = _differing(before, after)
    oneself = before.profile.id == caller.profile
    if not oneself or edit.told.keys() - {Slot.EMAILS.value}:
        caller.require(_MANAGE)
    if oneself and differs["active"]:
        raise PermissionDenied("", "nobody switches off their own profile")
    if differs["role"]:
        _require_grantable(caller, after)
    renamed = differs["name"] or differs["email"]
    if elsewhere and renamed and not oneself and not caller.can("account:manage"):
        raise PermissionDenied("", "this person belongs to other workspaces too: they change their name themselves")


def _require_grantable(caller: Principal, member: Member) -> None:
    if is_above(member.role, caller.role):
        raise PermissionDenied("", "nobody gives a role above their own")


async def _require_assignments(tx: Reading, caller: Principal, edits: Sequence[Edit]) -> None:
    named = [edit for edit in edits if Slot.DEPARTMENTS in edit.links]
    if named:
        ids = [edit.before.id for edit in named]
        held = await link_store.of_owners(tx, Kind.PROFILE, caller.workspace, ids, [Slot.DEPARTMENTS])
        own = await _departments(tx, caller)
        for edit in named:
            before = held.get(edit.before.id, {}).get(Slot.DEPARTMENTS, [])
            _require_assignable(caller, own, before, edit.links[Slot.DEPARTMENTS])


def _require_assignable(
    caller: Principal, own: Collection[UUID], before: Collection[UUID], departments: Iterable[Linked]
) -> None:
    """Pass where only departments of the caller's own are added; they open what belongs to them."""
    added = {one for one in departments if isinstance(one, UUID)} - set(before)
    if caller.role is not Role.OWNER and not added <= set(own):
        raise PermissionDenied("", "somebody is put into departments of yours only")


async def _departments(tx: Reading, caller: Principal) -> list[UUID]:
    found = await link_store.of_owners(tx, Kind.PROFILE, caller.workspace, [caller.profile], [Slot.DEPARTMENTS])
    return found.get(caller.profile, {}).get(Slot.DEPARTMENTS, [])


async def _refuse_taken(tx: Reading, caller: Principal, moved: Mapping[int, Member]) -> None:
    """Raises: Refused, for an address that another person of the account has, or is to have."""
    addressed = {index: one.profile for index, one in moved.items() if one.profile.email}
    held = await store.holders(tx, caller.account, [one.email for one in addressed.values()])
    for index, one in addressed.items():
        if held.setdefault(one.email, one.id) != one.id:
            raise Refused(index, Slot.EMAILS, "another profile of your account has this e-mail address")


async def _require_owner(tx: Reading, caller: Principal, before: Iterable[Member]) -> None:
    """Pass where somebody may still do everything, if any of those who were changed might."""
    if any(one.role is Role.OWNER for one in before) and not await store.owners(tx, caller.workspace):
        raise PermissionDenied("", "this is the last superadmin: make another one first")


# What is kept of it


async def _kept(tx: Writing, caller: Principal, after: Sequence[Member], *, at: datetime) -> None:
    """What they say has a canonical row, and whoever entered before is looked at anew."""
    said = {content for member in after for content in domain.contents(member)}
    await resources.keep(tx, caller.workspace, said, at=at)
    await account_raised(tx, caller.account)


def _created(caller: Principal, member: Member, new: New, at: datetime) -> list[Change]:
    who = member.profile
    return [
        records.creation(caller, "profile", who.id, profile_document(who), at=at),
        records.creation(caller, "member", who.id, {**member_document(member), **new.told}, at=at),
    ]


def _changed(caller: Principal, before: Member, after: Member, edit: Edit, at: datetime) -> list[Change]:
    who = after.profile
    told = [("member", {**member_document(before), **edit.was}, {**member_document(after), **edit.told})]
    if before.profile != who:
        told.append(("profile", dict(profile_document(before.profile)), dict(profile_document(who))))
    return [records.alteration(caller, kind, who.id, was, became, at=at) for kind, was, became in told]
