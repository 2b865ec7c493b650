"""Resources: made, read and found, kind by kind. Source: contracts/artifacts.md, 3.2.

All kinds answer alike; each has its own operations, so that the document tells its own members.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.resources import content, created, linkable_query, resource_query
from armillary.dialects.artifacts.mapping.rows import resource_row, row
from armillary.dialects.artifacts.schemas import resources as wire
from armillary.dialects.artifacts.schemas.base import Body
from armillary.domain.assemblies import Slot
from armillary.domain.errors import InvalidRequest, PermissionDenied
from armillary.domain.resources import ResourceKind
from armillary.services import linkable, resources

router = Router()

_TAG = "resources"
_READ, _MANAGE = "models:read", "models:manage"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What the wire has of a kind that may be read and found.

    ``rows`` is the reply, ``search`` the body of a search.
    """

    rows: type[Any]
    search: type[wire.SearchRequest] = wire.SearchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What the wire has of a kind that may be made besides: its word for one, the body and the reply."""

    one: str
    body: type[Body]
    reply: type[wire.Created]
    text: str
    scope: str = _MANAGE


_LISTED: dict[ResourceKind, _Listed] = {
    ResourceKind.NAMES: _Listed(rows=wire.Names, search=wire.SearchNamesRequest),
    ResourceKind.DESCRIPTIONS: _Listed(rows=wire.Descriptions),
    ResourceKind.VALUES: _Listed(rows=wire.Values, search=wire.SearchValuesRequest),
    ResourceKind.VOICES: _Listed(rows=wire.Voices),
    ResourceKind.PRICING: _Listed(rows=wire.Pricing, search=wire.SearchPricingRequest),
    ResourceKind.MODALITIES: _Listed(rows=wire.Modalities, search=wire.SearchModalitiesRequest),
    ResourceKind.QUALITIES: _Listed(rows=wire.Qualities),
    ResourceKind.REASONING_LEVELS: _Listed(rows=wire.ReasoningLevels),
    ResourceKind.TEMPERATURE_LEVELS: _Listed(rows=wire.TemperatureLevels),
    ResourceKind.FLAGS: _Listed(rows=wire.Flags, search=wire.SearchFlagsRequest),
    ResourceKind.ENDPOINTS: _Listed(rows=wire.Endpoints),
    ResourceKind.EMAILS: _Listed(rows=wire.Emails),
    ResourceKind.ROLES: _Listed(rows=wire.Roles),
}
_MADE: dict[ResourceKind, _Made] = {
    ResourceKind.NAMES: _Made(
        one="name",
        body=wire.NewName,
        reply=wire.CreatedName,
        text="Find or make a name.\n\nOf each exact text there is one row, which everything of that name shares.",
        scope=_READ,
    ),
    ResourceKind.DESCRIPTIONS: _Made(
        one="description",
        body=wire.NewDescription,
        reply=wire.CreatedDescription,
        text="Make a description.",
        scope=_READ,
    ),
    ResourceKind.VALUES: _Made(
        one="value",
        body=wire.NewValue,
        reply=wire.CreatedValue,
        text="Make a value: a provider's word for a model, or for itself.",
    ),
    ResourceKind.VOICES: _Made(one="voice", body=wire.NewVoice, reply=wire.CreatedVoice, text="Make a voice."),
    ResourceKind.PRICING: _Made(
        one="pricing",
        body=wire.NewPricing,
        reply=wire.CreatedPricing,
        text="Make a price: what so many units cost in US dollars.",
    ),
    ResourceKind.MODALITIES: _Made(
        one="modality", body=wire.NewModality, reply=wire.CreatedModality, text="Make a modality."
    ),
    ResourceKind.QUALITIES: _Made(
        one="quality", body=wire.NewQuality, reply=wire.CreatedQuality, text="Make a quality."
    ),
    ResourceKind.REASONING_LEVELS: _Made(
        one="reasoning_level",
        body=wire.NewReasoningLevel,
        reply=wire.CreatedReasoningLevel,
        text="Make a level of reasoning.",
    ),
    ResourceKind.TEMPERATURE_LEVELS: _Made(
        one="temperature_level",
        body=wire.NewTemperatureLevel,
        reply=wire.CreatedTemperatureLevel,
        text="Make a level of temperature.",
    ),
    ResourceKind.FLAGS: _Made(one="flag", body=wire.NewFlag, reply=wire.CreatedFlag, text="Make a flag."),
    ResourceKind.ENDPOINTS: _Made(
        one="endpoint",
        body=wire.NewEndpoint,
        reply=wire.CreatedEndpoint,
        text="Make an endpoint: where a provider answers.",
    ),
    ResourceKind.EMAILS: _Made(
        one="email", body=wire.NewEmail, reply=wire.CreatedEmail, text="Make an e-mail address."
    ),
}
_LINKABLE: dict[Slot, _Listed] = {
    Slot.PROVIDERS: _Listed(rows=wire.Providers, search=wire.SearchProvidersRequest),
    Slot.DEPARTMENTS: _Listed(rows=wire.Departments, search=wire.SearchDepartmentsRequest),
}

Handler = Callable[[Call, Any], Awaitable[Any]]


def _named(handler: Handler, name: str, text: str, body: type[Any], reply: type[Any]) -> Handler:
    """The handler as if it had been written out for its kind: what it is called, tells, takes and answers."""
    handler.__name__ = handler.__qualname__ = name
    handler.__doc__ = text
    handler.__annotations__ = {"call": Call, "body": body, "return": reply}
    return handler


def _declare_create(kind: ResourceKind, made: _Made) -> None:
    async def create(call: Call, body: Any) -> Any:  # noqa: ANN401  the kind's own
        one = await resources.create(call.db, call.caller, content(kind, body), mcp=mcp(call), at=call.now)
        tags.invalidates(call, _TAG, kind)
        return created(kind, made.reply, one)

    named = _named(create, f"create_{made.one}", made.text, made.body, made.reply)
    router.operation(
        POST, f"/resources/{kind}", scope=made.scope, raises=(PermissionDenied, InvalidRequest), creates=True
    )(named)


def _declare_get(kind: ResourceKind, listed: _Listed) -> None:
    async def get(call: Call, body: Any) -> Any:  # noqa: ANN401  the kind's own
        found = await resources.read(call.db, call.caller, kind, body.ids)
        tags.cached(call, _TAG, kind)
        return listed.rows(items=[resource_row(one) for one in found])

    text = f"Read {_words(kind)} by their ids, in that order; ids that there are none of are left out."
    named = _named(get, f"get_{kind}", text, wire.GetResourcesRequest, listed.rows)
    router.operation(POST, f"/resources/{kind}/get", scope=_READ, raises=(PermissionDenied,))(named)


def _declare_search(kind: ResourceKind, listed: _Listed) -> None:
    async def search(call: Call, body: Any) -> Any:  # noqa: ANN401  the kind's own
        found = await resources.page(call.db, call.caller, resource_query(kind, body))
        tags.cached(call, _TAG, kind)
        return listed.rows(items=[resource_row(one) for one in found])

    named = _named(search, f"search_{kind}", f"Find {_words(kind)}.", listed.search, listed.rows)
    router.operation(POST, f"/resources/{kind}/search", scope=_READ, raises=(PermissionDenied,))(named)


def _declare_linkable(slot: Slot, listed: _Listed) -> None:
    async def get(call: Call, body: Any) -> Any:  # noqa: ANN401  the slot's own
        found = await linkable.read(call.db, call.caller, slot, body.ids)
        tags.cached(call, _TAG, slot)
        return listed.rows(items=[row(one) for one in found])

    async def search(call: Call, body: Any) -> Any:  # noqa: ANN401  the slot's own
        found = await linkable.page(call.db, call.caller, linkable_query(slot, body))
        tags.cached(call, _TAG, slot)
        return listed.rows(items=[row(one) for one in found])

    text = f"Read {slot} by their ids, as forms that link them show them; ids that there are none of are left out."
    get_named = _named(get, f"get_{slot}", text, wire.GetResourcesRequest, listed.rows)
    router.operation(POST, f"/resources/{slot}/get", scope=_READ, raises=(PermissionDenied,))(get_named)
    text = f"Find {slot} by name, as forms that link them show them."
    found_named = _named(search, f"search_{slot}", text, listed.search, listed.rows)
    router.operation(POST, f"/resources/{slot}/search", scope=_READ, raises=(PermissionDenied,))(found_named)


def _words(kind: ResourceKind) -> str:
    return "prices" if kind is ResourceKind.PRICING else kind.replace("_", " ")


for _kind, _made in _MADE.items():
    _declare_create(_kind, _made)
for _kind, _listed in _LISTED.items():
    _declare_get(_kind, _listed)
    _declare_search(_kind, _listed)
for _slot, _listed in _LINKABLE.items():
    _declare_linkable(_slot, _listed)
