"""Ids in every spelling that the contract takes, and in none besides."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.everruns.mapping import ids
from tests.dialects.everruns.strategies import uuids

ID = UUID("019df670b5af7db7a5685a4ad18a5001")


@given(uuids, st.sampled_from([ids.MODEL, ids.PROVIDER, ids.ORGANIZATION]))
def test_what_is_answered_is_understood(value: UUID, prefix: str) -> None:
    assert ids.read(prefix, ids.wire_id(prefix, value)) == value


@given(uuids)
def test_what_is_answered_is_canonical(value: UUID) -> None:
    prefix, _, digits = ids.wire_id(ids.MODEL, value).partition("_")
    assert (prefix, digits) == ("model", digits.lower())
    assert len(digits) == 32


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        pytest.param(ids.MODEL, "model_019df670b5af7db7a5685a4ad18a5001", id="canonical"),
        pytest.param(ids.MODEL, "mod_019df670b5af7db7a5685a4ad18a5001", id="alias"),
        pytest.param(ids.MODEL, "model_019DF670B5AF7DB7A5685A4AD18A5001", id="upper-case"),
        pytest.param(ids.MODEL, "model_019df670-b5af-7db7-a568-5a4ad18a5001", id="dashed"),
        pytest.param(ids.MODEL, "mod_019DF670-B5AF-7DB7-A568-5A4AD18A5001", id="alias-dashed-upper-case"),
        pytest.param(ids.PROVIDER, "provider_019df670b5af7db7a5685a4ad18a5001", id="provider"),
        pytest.param(ids.PROVIDER, "prov_019df670b5af7db7a5685a4ad18a5001", id="provider-alias"),
        pytest.param(ids.ORGANIZATION, "org_019df670b5af7db7a5685a4ad18a5001", id="organization"),
    ],
)
def test_spelling_is_understood(prefix: str, text: str) -> None:
    assert ids.read(prefix, text) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example",
        "model_",
        "model",
        "019df670b5af7db7a5685a4ad18a5001",
        "model_01933b5a00007000800000000000001",  # the vendor's own sample: 31 digits
        "model_019df670b5af7db7a5685a4ad18a50011",
        "model_019df670b5af7db7a5685a4ad18a500g",
        "model_019df670b5af7db7a568-5a4ad18a5001",
        "model_{019df670b5af7db7a5685a4ad18a5001}",
        "model_urn:uuid:019df670b5af7db7a5685a4ad18a5001",
        "model_019df670b5af7db7a5685a4ad18a5001\n",
        "model_\u0660\u0661\u0669df670b5af7db7a5685a4ad18a5001",
        "MODEL_019df670b5af7db7a5685a4ad18a5001",
        "session_019df670b5af7db7a5685a4ad18a5001",
        "provider_019df670b5af7db7a5685a4ad18a5001",
        "prov_019df670b5af7db7a5685a4ad18a5001",
        "model_01KBH5EMA7Y4Q7FA0BPBG2QFYC",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ids.InvalidId, match=r"^Invalid model ID$"):
        ids.read(ids.MODEL, text)


def test_a_bodys_id_names_its_member() -> None:
    with pytest.raises(ids.InvalidId) as caught:
        ids.read(ids.PROVIDER, "x", field="provider_id")
    assert (caught.value.field, caught.value.sentence) == ("provider_id", "Invalid provider ID")
