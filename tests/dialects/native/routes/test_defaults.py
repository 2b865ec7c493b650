"""The workspace's default model, chosen, left empty, and elected anew."""

from __future__ import annotations

from tests.dialects.native.conftest import Place


def test_a_default_is_chosen_and_read(place: Place) -> None:
    model = place.model("llmsim-think")
    chosen = place.owner.put("/models/default", json={"model_id": model["id"]})
    assert (chosen.status_code, chosen.json()) == (200, {"model_id": model["id"], "model": model})
    read = place.owner.get("/models/default").json()
    assert read["model_id"] == model["id"]


def test_a_workspace_may_have_none(place: Place) -> None:
    nothing = {"model_id": None, "model": None}
    assert place.owner.put("/models/default", json=nothing | {"model": None}).status_code == 400
    assert place.owner.put("/models/default", json={"model_id": None}).json() == nothing
    assert place.owner.get("/models/default").json() == nothing


def test_a_disabled_model_is_refused(place: Place) -> None:
    model = place.model("llmsim-think")["id"]
    place.owner.patch(f"/models/{model}", json={"enabled": False}).raise_for_status()
    reply = place.owner.put("/models/default", json={"model_id": model})
    assert (reply.status_code, reply.json()["field"]) == (400, "model_id")


def test_a_default_that_is_disabled_gives_way(elsewhere: Place) -> None:
    echo, think = elsewhere.model("llmsim-echo")["id"], elsewhere.model("llmsim-think")["id"]
    elsewhere.owner.put("/models/default", json={"model_id": think}).raise_for_status()
    impact = elsewhere.owner.get(f"/models/{think}/impact").json()
    assert (impact["is_default"], impact["next_default"]["id"]) == (True, echo)
    elsewhere.owner.patch(f"/models/{think}", json={"enabled": False}).raise_for_status()
    assert elsewhere.owner.get("/models/default").json()["model_id"] == echo
