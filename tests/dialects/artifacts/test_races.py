"""Several clients at once: what is one row stays one, and of two that exclude each other one wins.

Source: contracts/artifacts.md, 3.2 (names), 2.4, 2.6 and 1.5 (404 for what is gone).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import httpx
import pytest

from tests.dialects.artifacts.people import MODELS, House, Json, Person, a_house, linked, unique
from tests.servers import Server

AT_ONCE = 8


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def root(house: House) -> Person:
    return house.root


def at_once(ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """The replies to a request that several clients send in the same moment."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> httpx.Response:
        barrier.wait()
        return ask(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def statuses(replies: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(reply.status_code for reply in replies))


def test_a_name_that_several_make_at_once_is_one_row(root: Person) -> None:
    text = unique("raced")
    replies = at_once(lambda _: root.post("/api/v5/resources/names", json={"name": text}))
    assert statuses(replies) == {200: AT_ONCE}
    assert len({reply.json()["id"] for reply in replies}) == 1


def test_models_that_are_made_at_once_share_their_name(root: Person) -> None:
    text = unique("raced")
    replies = at_once(lambda _: root.post(f"{MODELS}/create", json={"models": [{"name": text}]}))
    assert statuses(replies) == {200: AT_ONCE}
    models = [reply.json()["results"][0]["model_id"] for reply in replies]
    assert len(set(models)) == AT_ONCE
    assert len({root.form(model)["names"]["resource"]["id"] for model in models}) == 1


def test_of_several_that_choose_one_id_one_has_it(root: Person) -> None:
    chosen = str(uuid4())
    replies = at_once(lambda n: root.post(f"{MODELS}/create", json={"models": [{"id": chosen, "name": f"n {n}"}]}))
    assert statuses(replies) == {200: AT_ONCE}
    results = [reply.json()["results"][0] for reply in replies]
    assert sorted(result["success"] for result in results) == [False] * (AT_ONCE - 1) + [True]
    assert all([error["field"] for error in one["errors"]] == ["id"] for one in results if not one["success"])


def test_a_model_that_several_delete_at_once_is_deleted_once(root: Person) -> None:
    model = root.model()
    replies = at_once(lambda _: root.post(f"{MODELS}/delete", json={"model_ids": [model]}))
    assert statuses(replies) == {200: 1, 404: AT_ONCE - 1}


def test_batches_that_cross_each_other_all_end(root: Person) -> None:
    models = [root.model() for _ in range(6)]

    def ask(number: int) -> httpx.Response:
        order = models if number % 2 else models[::-1]
        items: list[Json] = [{"model_id": model, "name": unique("crossed")} for model in order]
        return root.post(f"{MODELS}/update", json={"models": items})

    assert statuses(at_once(ask)) == {200: AT_ONCE}


def test_a_set_that_several_replace_at_once_is_one_of_theirs(root: Person) -> None:
    voices = [one["id"] for one in root.form()["voices"]["resources"]][:AT_ONCE]
    model = root.model()
    sets = [voices[number:] for number in range(AT_ONCE)]
    replies = at_once(
        lambda n: root.post(f"{MODELS}/update", json={"models": [{"model_id": model, "voice_ids": sets[n]}]})
    )
    assert statuses(replies) == {200: AT_ONCE}
    assert linked(root.form(model), "voices") in sets


def test_an_agent_and_a_deletion_of_its_model_exclude_each_other(root: Person) -> None:
    for _ in range(3):
        model = root.model()

        def ask(number: int, model: str = model) -> httpx.Response:
            if number % 2:
                return root.post(f"{MODELS}/delete", json={"model_ids": [model]})
            agent = {"name": unique("agent"), "model_ids": [model]}
            return root.post("/api/v5/artifacts/agents/create", json={"agents": [agent]})

        replies = at_once(ask)
        made = [one["agent_id"] for reply in replies[::2] for one in reply.json()["results"] if one["agent_id"]]
        was_deleted = 200 in {reply.status_code for reply in replies[1::2]}
        assert {reply.status_code for reply in replies} <= {200, 403, 404}
        assert was_deleted is not bool(made)
        assert root.post(f"{MODELS}/get", json={"model_id": model}).status_code == (404 if was_deleted else 200)
