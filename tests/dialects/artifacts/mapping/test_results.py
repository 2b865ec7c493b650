from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from armillary.dialects.artifacts.mapping.results import deleted, duplicated, refreshed, results
from armillary.dialects.artifacts.schemas.models import CreateModelItem
from armillary.domain.assemblies import Fault, Kind, Outcome

ONE = UUID(int=1)


def told(items: list[CreateModelItem], outcomes: list[Outcome]) -> list[dict[str, Any]]:
    made = results(Kind.MODEL, items, outcomes, done="created")
    plain: list[dict[str, Any]] = msgspec.to_builtins(made)
    return plain


def test_an_item_that_was_stored_has_its_id() -> None:
    assert told([CreateModelItem(name="alpha")], [Outcome(id=ONE, name="alpha")]) == [
        {"success": True, "model_id": str(ONE), "message": 'Model "alpha" created successfully', "errors": None}
    ]


def test_a_batch_of_which_one_item_fails_has_no_ids() -> None:
    faults = (
        Fault(member="departments", sentence='there is no "Nowhere"'),
        Fault(member="name", sentence="is needed"),
    )
    items = [CreateModelItem(name="alpha"), CreateModelItem(departments=["Nowhere"])]
    assert told(items, [Outcome(), Outcome(faults=faults)]) == [
        {"success": True, "model_id": None, "message": "Validated", "errors": None},
        {
            "success": False,
            "model_id": None,
            "message": 'Item 1: departments: there is no "Nowhere"',
            "errors": [
                {"field": "departments", "message": 'there is no "Nowhere"'},
                {"field": "name", "message": "is needed"},
            ],
        },
    ]


def test_nothing_asked_is_nothing_told() -> None:
    assert told([], []) == []


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_calls_its_id_its_own(kind: Kind) -> None:
    (result,) = results(kind, [object()], [Outcome(id=ONE, name="alpha")], done="updated")
    assert getattr(result, f"{kind}_id") == ONE
    assert result.message == f'{kind.capitalize()} "alpha" updated successfully'


def test_a_copy_and_what_is_gone_are_told_by_the_originals_name() -> None:
    assert duplicated(Kind.MODEL, ONE, "alpha") == {
        "success": True,
        "message": 'Model "alpha" duplicated successfully',
        "model_id": ONE,
    }
    assert [one["message"] for one in deleted(Kind.MODEL, [(ONE, "alpha"), (ONE, "")])] == [
        'Model "alpha" deleted successfully',
        'Model "Unknown" deleted successfully',
    ]


def test_a_refresh_tells_the_view_and_the_tags() -> None:
    told_of = refreshed("models", Kind.MODEL)
    assert (told_of.refreshed_views, told_of.invalidated_tags) == (["model_drafts_mv"], ["models", "artifacts"])
