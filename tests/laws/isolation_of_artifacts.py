"""What each operation of the Artifacts dialect is asked by ``test_isolation``: keyed as ``isolation_cases.CASES``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.laws.isolation_cases import Check, Foreign, Kind, Listing, Own, Say, Told, saying

Cases = dict[tuple[str, str], Sequence[Check]]

#: What the kinds of the dialect are called, and what an item of each may name besides itself.
KINDS: dict[Kind, tuple[str, Kind]] = {
    "model": ("provider_ids", "provider"),
    "provider": ("department_ids", "department"),
    "department": ("name_id", "name"),
    "agent": ("model_ids", "model"),
    "profile": ("department_ids", "department"),
}
#: Ids that a reply makes up each time, and the moment that a file is named after.
_NEW = r'"(?:group_id|draft_id|session_id|upload_id)":"[^"]*"|_\d{4}-\d{2}-\d{2}_\d{6}'
_EVERYTHING = {"page_size": 1000}


def _naming(kind: Kind) -> Callable[[Say], Any]:
    """An item's member that names another row."""
    member, of = KINDS[kind]
    return lambda say: {member: say(of) if member.endswith("_id") else [say(of)]}


def _of_kind(kind: Kind) -> Cases:
    one, many, naming = f"{kind}_id", f"{kind}s", _naming(kind)
    cases: Cases = {
        ("artifacts", f"get_{kind}"): (
            Foreign(body=lambda say: {one: say(kind)}),
            Foreign(status=200, varying=_NEW, body=lambda say: {"draft_id": say("draft")}),
        ),
        ("artifacts", f"search_{kind}"): (Listing(shows=kind, body=saying(_EVERYTHING)),),
        ("artifacts", f"create_{kind}"): (
            Foreign(by="owner", status=200, body=lambda say: {many: [{"name": "New", **naming(say)}]}),
        ),
        ("artifacts", f"update_{kind}"): (
            Foreign(body=lambda say: {many: [{one: say(kind), "name": "Taken over"}]}),
            Foreign(by="owner", body=lambda say: {many: [{one: say(kind), "name": "Taken over"}]}),
            # what is in use is nobody's to change, whatever it would be changed to
            Foreign(
                by="owner",
                status=403 if kind == "provider" else 200,
                body=lambda say: {many: [{one: say.own(kind), **naming(say)}]},
            ),
        ),
        ("artifacts", f"duplicate_{kind}"): (Foreign(by="owner", body=lambda say: {one: say(kind)}),),
        ("artifacts", f"delete_{kind}"): (Foreign(by="owner", body=lambda say: {f"{one}s": [say(kind)]}),),
        ("artifacts", f"{kind}_refresh"): (Own(),),
        ("artifacts", f"patch_{kind}_draft"): (
            Foreign(by="owner", status=400, body=lambda say: {"name_id": say("name")}),
            Foreign(by="owner", status=200, varying=_NEW, body=lambda say: {"input_draft_id": say("draft")}),
        ),
        ("artifacts", f"get_{kind}_drafts"): (Own(by="owner"),),
        ("artifacts", f"get_{kind}_docs_endpoint"): (Foreign(status=200, body=lambda say: {"entity_id": say(kind)}),),
        ("artifacts", f"export_{many}"): (Foreign(status=200, varying=_NEW, body=lambda say: {one: say(kind)}),),
    }
    return cases


#: Operation that makes a resource -> its body.
_MADE: dict[str, Any] = {
    "name": {"name": "New"},
    "description": {"description": "New"},
    "value": {"value": "new"},
    "voice": {"voice": "new"},
    "pricing": {
        "pricing_type": "input",
        "price": 1,
        "unit_name": "million_text",
        "unit_category": "tokens",
        "unit_value": 1_000_000,
    },
    "modality": {"modality": "text"},
    "quality": {"quality": "low"},
    "reasoning_level": {"reasoning_level": "new"},
    "temperature_level": {"temperature": 1},
    "flag": {"name": "new", "description": "", "icon": ""},
    "endpoint": {"endpoint": "https://new.example/v1"},
    "email": {"email": "new@example.com"},
}
_FOUND: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "names",
            "descriptions",
            "values",
            "voices",
            "pricing",
            "modalities",
            "qualities",
            "reasoning_levels",
            "temperature_levels",
            "flags",
            "endpoints",
            "emails",
            "roles",
        ),
        "name",
    ),
    "providers": "provider",
    "departments": "department",
}
#: What a search of a kind may name besides.
_NAMED: dict[str, Told] = {
    "names": lambda say: {"draft_id": say("draft")},
    "providers": lambda say: {"department_ids": [say("department")]},
    "departments": lambda say: {"department_ids": [say("department")]},
}


def _of_resources() -> Cases:
    cases: Cases = {
        ("artifacts", f"create_{one}"): (Own(by="owner", body=saying(body)),) for one, body in _MADE.items()
    }
    for several, kind in _FOUND.items():
        cases["artifacts", f"get_{several}"] = (Foreign(status=200, body=_ids(kind)),)
        found: list[Check] = [Own(body=saying({"limit_count": 1000}))]
        if several in _NAMED:
            found.append(Foreign(status=200, body=_NAMED[several]))
        cases["artifacts", f"search_{several}"] = found
    return cases


def _ids(kind: Kind) -> Told:
    return lambda say: {"ids": [say(kind)]}


def _of_all() -> Cases:
    cases: Cases = {}
    for kind in KINDS:
        cases |= _of_kind(kind)
    del cases["artifacts", "duplicate_profile"]  # a profile is nobody's to copy
    cases["artifacts", "get_model_drafts"] = (Listing(shows="draft"),)
    cases["artifacts", "get_context"] = (
        Own(body=saying({})),
        Foreign(status=200, body=lambda say: {"department_id": say("department")}),
    )
    cases["artifacts", "download_upload"] = (Foreign(),)
    cases["artifacts", "upload_file"] = (Own(status=422, body=saying({})),)
    cases["artifacts", "put_file"] = (Own(body=saying({}), query=saying({"filename": "new.csv"})),)
    cases["artifacts", "read_csv"] = (Foreign(body=lambda say: {"upload_id": say("upload")}),)
    return cases | _of_resources()


CASES = _of_all()
