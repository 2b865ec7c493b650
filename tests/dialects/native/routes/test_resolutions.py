"""Why a call takes the model it takes, and what hangs on a model."""

from __future__ import annotations

from tests.dialects.native.conftest import Place


def test_the_strongest_level_that_can_be_called_is_taken(place: Place) -> None:
    echo, think = place.model("llmsim-echo"), place.model("llmsim-think")
    off = place.model("anthropic/claude-sonnet-5")
    place.owner.patch(f"/models/{off['id']}", json={"enabled": False}).raise_for_status()
    told = place.owner.get(
        "/models/resolve",
        params={"message": "model_" + "0" * 32, "session": off["id"], "agent": think["id"], "harness": echo["id"]},
    ).json()
    assert [(one["level"], one["outcome"], one["code"]) for one in told["steps"]] == [
        ("message", "skipped", "unknown_model"),
        ("session", "skipped", "model_disabled"),
        ("agent", "taken", "resolves"),
        ("harness", "not_reached", "decided_above"),
        ("workspace_default", "not_reached", "decided_above"),
        ("fallback", "not_reached", "decided_above"),
    ]
    assert (told["model_id"], told["level"], told["failure"]) == (think["id"], "agent", None)
    assert all(one["sentence"].endswith(".") for one in told["steps"])


def test_a_provider_without_a_key_is_told_as_what_stands_in_the_way(place: Place) -> None:
    keyless = place.model("anthropic/claude-sonnet-5")
    place.owner.patch(f"/models/{keyless['id']}", json={"enabled": True}).raise_for_status()
    told = place.owner.get("/models/resolve", params={"message": keyless["id"]}).json()
    assert (told["model_id"], told["failure"]["code"]) == (keyless["id"], "provider_misconfigured")


def test_another_workspaces_model_is_as_unknown_as_none(place: Place, elsewhere: Place) -> None:
    told = place.owner.get("/models/resolve", params={"message": elsewhere.model()["id"]}).json()
    assert (told["steps"][0]["code"], told["steps"][0]["model"]) == ("unknown_model", None)


def test_the_impact_of_a_model_is_told_in_one_call(elsewhere: Place) -> None:
    model = elsewhere.model("llmsim-think")["id"]
    terms = {"override_price": {"output_usd_per_mtok": "7"}, "labels": {"team": "red"}}
    elsewhere.owner.patch(f"/models/{model}", json=terms).raise_for_status()
    told = elsewhere.owner.get(f"/models/{model}/impact").json()
    assert (told["is_default"], told["deletable"], told["labels"]) == (False, True, {"team": "red"})
    assert told["active_agents"] == 0
    assert told["deletion_loses"]["override_price"]["output_usd_per_mtok"] == "7"
    assert told["deletion_loses"]["price_periods"] >= 2
    assert told["provider"]["models"] == {"enabled": 2, "disabled": 0}


def test_a_managed_providers_model_can_only_be_disabled(place: Place) -> None:
    told = place.owner.get(f"/models/{place.model('anthropic/claude-sonnet-5')['id']}/impact").json()
    assert (told["provider"]["managed"], told["deletable"]) == (True, False)
