"""Models: found, read, changed, priced over time."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, PATCH, Router
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.models import model_changes, model_query, model_reply, page_reply, unguarded
from armillary.dialects.native.mapping.prices import prices_reply
from armillary.dialects.native.schemas.models import Model, Models, ModelsQuery, UpdateModel
from armillary.dialects.native.schemas.prices import ModelPrices, PricesQuery
from armillary.domain.errors import AlreadyExists, InvalidRequest, NotFound, PermissionDenied, Stale
from armillary.services import models

router = Router()


@router.operation(GET, "/models", scope="models:read", cached=True, raises=(InvalidRequest, PermissionDenied))
async def list_models(call: Call, query: ModelsQuery) -> Models:
    """List the workspace's models.

    Disabled ones too; newest first, unless `order` says otherwise.
    """
    return page_reply(await models.page(call.db, call.caller, model_query(query)), query)


@router.operation(
    GET, "/models/{model_id}", scope="models:read", cached=True, raises=(InvalidRequest, NotFound, PermissionDenied)
)
async def get_model(call: Call, model_id: str) -> Model:
    """Read a model."""
    return model_reply(await models.read(call.db, call.caller, ids.read("model", model_id, "model_id")))


@router.operation(
    PATCH,
    "/models/{model_id}",
    scope="models:manage",
    raises=(InvalidRequest, NotFound, PermissionDenied, AlreadyExists, Stale),
)
async def update_model(call: Call, model_id: str, body: UpdateModel) -> Model:
    """Change what is known of a model, its terms and its flags.

    Also what no other dialect can say: its description, modalities, facts and base price. What you set is remembered
    as edited by hand: syncs, imports and newer catalogues leave it alone. `If-Match` with the `ETag` of what you read
    refuses the change where somebody else changed the model since.
    """
    changed = await models.update(
        call.db,
        call.caller,
        ids.read("model", model_id, "model_id"),
        model_changes(body),
        guard=unguarded,
        unchanged_since=call.unchanged_since,
        at=call.now,
    )
    return model_reply(changed)


@router.operation(
    GET, "/models/{model_id}/prices", scope="models:read", raises=(InvalidRequest, NotFound, PermissionDenied)
)
async def get_model_prices(call: Call, model_id: str, query: PricesQuery) -> ModelPrices:
    """Tell what a model costs, and what it cost.

    Prices are never overwritten: a change closes one period and opens the next. With `as_of`, the price of that day
    or instant; a day means its last moment in UTC, the present day means now.
    """
    model = ids.read("model", model_id, "model_id")
    return prices_reply(model, await models.periods(call.db, call.caller, model), query.as_of, now=call.now)
