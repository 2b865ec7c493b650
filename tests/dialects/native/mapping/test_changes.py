"""Change records in this API's words: kinds, members and ids."""

from __future__ import annotations

from uuid import UUID

import pytest

from armillary.dialects._kit.bodies import queried
from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping.changes import change_query, change_reply, page_reply, worded
from armillary.dialects.native.schemas.changes import ChangesQuery
from armillary.domain.changes import Action, Change, ChangeQuery
from armillary.domain.models import document as model_document
from tests.builders import NOON, a_model, an_id

ONE, TWO = UUID(int=1), UUID(int=2)


def a_change(**members: object) -> Change:
    given: dict[str, object] = {
        "id": an_id(),
        "account": ONE,
        "workspace": TWO,
        "kind": "model",
        "entity": an_id(),
        "action": Action.UPDATED,
        "actor": ONE,
        "dialect": "everruns",
        "reason": None,
        "request_id": "",
        "before": {"enabled": False},
        "after": {"enabled": True},
        "at": NOON,
    }
    return Change(**{**given, **members})  # type: ignore[arg-type]  # a test's members are told by name


def test_a_record_is_told_in_our_words() -> None:
    reply = change_reply(a_change(kind="api_key", entity=TWO, after={"assigned": [ONE.hex]}, before=None), None)
    assert (reply.kind, reply.entity_id, reply.before) == ("key", f"key_{TWO.hex}", None)
    assert reply.after == {"workspaces": [f"workspace_{ONE.hex}"]}
    assert (reply.actor.profile_id, reply.actor.name, reply.request_id) == (f"profile_{ONE.hex}", None, None)


def test_a_model_is_told_as_the_model_itself_is() -> None:
    told = worded(model_document(a_model(provider=TWO, tags=("chat",))))
    assert (told["provider_id"], told["capabilities"]) == (f"provider_{TWO.hex}", ["chat"])
    assert not {"provider", "tags", "details", "price", "price_override"} & set(told)


def test_a_default_model_that_is_none_stays_none() -> None:
    assert worded({"default_model": None}) == {"default_model_id": None}


def test_a_query_is_read() -> None:
    query = queried(f"entity=key_{ONE.hex}&kind=key&actor={TWO}&action=deleted&dialect=cadenya", ChangesQuery)
    assert change_query(query) == ChangeQuery(
        entity=ONE, kind="api_key", actor=TWO, action=Action.DELETED, dialect="cadenya", limit=51
    )


@pytest.mark.parametrize("query", ["since=2026-01-31T12:00:00", "until=yesterday", "action=read", "since="])
def test_a_query_is_refused(query: str) -> None:
    with pytest.raises(Misplaced):
        queried(query, ChangesQuery)


def test_an_id_that_is_none_is_refused() -> None:
    with pytest.raises(Misplaced, match="entity"):
        change_query(ChangesQuery(entity="model_1"))


def test_a_page_that_is_full_tells_where_it_ended() -> None:
    found = [a_change() for _ in range(3)]
    query = ChangesQuery(limit=2)
    page = page_reply(found, {}, query)
    assert [one.id for one in page.data] == [f"change_{one.id.hex}" for one in found[:2]]
    assert change_query(ChangesQuery(limit=2, cursor=page.next_cursor or "")).before == found[1].id
    assert page_reply(found[:2], {}, query).next_cursor is None
