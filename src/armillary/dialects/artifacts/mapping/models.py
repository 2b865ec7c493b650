"""Models between the wire and the domain: what a listing is asked for, and what it answers.

Source: contracts/artifacts.md, 2.2, with its decisions 6, 13 to 17, 27 and 36.
"""

from __future__ import annotations

from collections.abc import Iterable

from armillary.dialects.artifacts.mapping.filters import filter_section, page_size
from armillary.dialects.artifacts.schemas import models as wire
from armillary.domain import assembly_listings as domain
from armillary.domain.assembly_listings import AssemblyQuery, FacetQuery, Found, SearchPage
from armillary.domain.editing import Actor, Rules, Subject
from armillary.domain.facets import Option

_RULES = Rules()


def model_query(body: wire.SearchModelsRequest) -> AssemblyQuery:
    """Which models are asked for."""
    return AssemblyQuery(
        text=body.search or "",
        providers=tuple(body.filter_provider_ids or ()),
        departments=tuple(body.filter_department_ids or ()),
        agents=tuple(body.filter_agent_ids or ()),
        limit=page_size(body.page_size),
        offset=body.page_offset or 0,
    )


def facet_query(body: wire.SearchModelsRequest) -> FacetQuery:
    """What narrows the options of the facets."""
    return FacetQuery(
        provider=body.provider_search or "", department=body.department_search or "", agent=body.agent_search or ""
    )


def search_reply(found: SearchPage, actor: Actor, body: wire.SearchModelsRequest) -> wire.SearchModelsResponse:
    """One page of models, and by what they may be narrowed."""
    facets = found.facets
    return wire.SearchModelsResponse(
        actor_name=actor.name,
        models=[_listed(one, actor) for one in found.items],
        provider_filter=filter_section(_options(facets.providers), body.filter_provider_ids, body.provider_search),
        department_filter=filter_section(
            _options(facets.departments), body.filter_department_ids, body.department_search
        ),
        agent_filter=filter_section(_options(facets.agents), body.filter_agent_ids, body.agent_search),
        total_count=found.total,
    )


def _options(several: Iterable[domain.Option]) -> list[Option]:
    return [Option(id=str(one.id), name=one.name, count=one.count) for one in several]


def _listed(found: Found, actor: Actor) -> wire.ListModelApiModel:
    model, provider = found.record.model, found.record.provider
    managed = provider is not None and provider.managed
    subject = Subject(id=model.id, departments=found.departments, uses=found.uses, managed=managed)
    return wire.ListModelApiModel(
        model_id=model.id,
        name=model.name or None,
        description=model.description or None,
        provider_id=None if provider is None else provider.id,
        provider_name=None if provider is None else provider.name,
        base_url=None if provider is None else provider.base_url,
        department_ids=[str(one) for one in found.departments],
        is_inactive=False,
        active=True,
        can_edit=_RULES.obstacle(actor, subject) is None,
        can_duplicate=_RULES.may_duplicate(actor, subject),
        can_delete=_RULES.may_delete(actor, subject),
        updated_at=model.updated_at,
    )
