"""Profiles between the wire and the domain, and who the caller is. Source: contracts/artifacts.md, 3.6."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from armillary.dialects.artifacts.mapping.filters import filter_section, page_size
from armillary.dialects.artifacts.mapping.forms import form_members
from armillary.dialects.artifacts.mapping.items import item
from armillary.dialects.artifacts.mapping.rows import resource_row
from armillary.dialects.artifacts.mapping.sections import empty_section
from armillary.dialects.artifacts.schemas import context as context_wire
from armillary.dialects.artifacts.schemas import profiles as wire
from armillary.dialects.artifacts.schemas.resources import RoleRow
from armillary.domain.assemblies import Item, Kind, Slot
from armillary.domain.roster import ListedProfile, Roster, RosterQuery, word_of
from armillary.services.roster import Myself, RosterForm


def form_reply(shown: RosterForm) -> wire.GetProfileResponse:
    """A profile's form."""
    rows = [resource_row(one) for one in shown.options]
    return wire.GetProfileResponse(
        **form_members(Kind.PROFILE, shown.form),
        request_limits=empty_section(),
        role=None if shown.role is None else word_of(shown.role),
        role_options=[row for row in rows if isinstance(row, RoleRow)],
    )


def new_items(bodies: Sequence[wire.CreateProfileItem]) -> list[Item]:
    """Whom to make: active, where an item does not speak of it."""
    items = [item(Kind.PROFILE, one, one.id) for one in bodies]
    return [replace(one, active=True) if one.active is None and Slot.FLAGS not in one.links else one for one in items]


def changed_items(bodies: Sequence[wire.UpdateProfileItem]) -> list[Item]:
    """What to change."""
    return [item(Kind.PROFILE, one, one.profile_id) for one in bodies]


def roster_query(body: wire.SearchProfilesRequest) -> RosterQuery:
    """What a listing is asked for; by cohorts, nobody is found."""
    return RosterQuery(
        text=body.search or "",
        departments=tuple(body.filter_department_ids or ()),
        words=tuple(word.strip().lower() for word in body.role_filter or ()),
        department_text=body.department_search or "",
        role_text=body.role_search or "",
        offset=body.page_offset or 0,
        limit=page_size(body.page_size),
        none=bool(body.cohort_ids),
    )


def search_reply(found: Roster, body: wire.SearchProfilesRequest) -> wire.SearchProfilesResponse:
    """One page of profiles, and by what they may be narrowed."""
    return wire.SearchProfilesResponse(
        actor_name=found.actor.name,
        profiles=[_listed(one) for one in found.items],
        cohort_filter=filter_section((), body.cohort_ids, body.cohort_search),
        department_filter=filter_section(found.departments, body.filter_department_ids, body.department_search),
        role_filter=filter_section(found.roles, body.role_filter, body.role_search),
        total_count=found.total,
    )


def _listed(one: ListedProfile) -> wire.ListProfile:
    member, role = one.entry.member, one.entry.role_row
    return wire.ListProfile(
        profile_id=member.profile.id,
        name=member.profile.name or None,
        email=(member.profile.email or None) if one.is_visible else None,
        role=word_of(role),
        role_name=role.text,
        department_ids=[str(department) for department in one.departments],
        primary_department_id=next(iter(one.departments), None),
        is_inactive=not member.active,
        active=member.active,
        can_edit=one.may_edit,
        can_duplicate=False,
        can_delete=one.may_delete,
        created_at=member.profile.created_at,
    )


def context_reply(me: Myself, body: context_wire.ContextRequest) -> context_wire.Context:
    """Who the caller is; a department that is none of the caller's is not acted in."""
    chosen = body.department_id if body.department_id in me.actor.departments else me.actor.primary
    return context_wire.Context(
        id=me.actor.profile,
        name=me.actor.name,
        role=word_of(me.role),
        active=me.active,
        department_ids=list(me.actor.departments),
        primary_department_id=chosen,
        session_id=me.sitting,
    )
