"""Hypermedia members."""

from __future__ import annotations

from uuid import UUID

from armillary.dialects.everruns import dialect
from armillary.dialects.everruns.mapping import ids, links
from armillary.dialects.everruns.schemas.base import Action

ID = UUID("019df670b5af7db7a5685a4ad18a5001")


def test_links_use_the_first_prefix() -> None:
    assert dialect.prefixes[0] == links.ROOT
    assert (
        links.self_url("https://host", ids.MODEL, ID)
        == "https://host/api/v1/models/model_019df670b5af7db7a5685a4ad18a5001"
    )
    assert links.view_url("https://host", ids.PROVIDER, ID) == f"https://host/providers/provider_{ID.hex}"


def test_actions_stand_in_the_contracts_order() -> None:
    assert links.actions("H", ids.MODEL, update=True, delete=True) == [
        Action(rel="self", method="GET", href="H", operation_id="get_model"),
        Action(
            rel="update",
            method="PATCH",
            href="H",
            operation_id="update_model",
            schema_ref="#/components/schemas/UpdateModelRequest",
        ),
        Action(rel="delete", method="DELETE", href="H", operation_id="delete_model"),
    ]


def test_actions_name_operations_and_schemas_that_are() -> None:
    operations = {operation.name: operation for operation in dialect.router.operations}
    for kind in (ids.MODEL, ids.PROVIDER):
        for action in links.actions("H", kind, update=True, delete=True):
            operation = operations[str(action.operation_id)]
            assert operation.method == action.method
            if isinstance(action.schema_ref, str):
                assert action.schema_ref.rpartition("/")[2] == operation.body.__name__
