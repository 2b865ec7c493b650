"""Credentials of AI provider keys: a union on the wire, a kind and its members in the domain.

Source: contracts/cadenya.md, 3.7. Values go in and never come out.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas import provider_keys as wire
from armillary.dialects.cadenya.schemas.provider_keys import AIProvider, CredentialType
from armillary.dialects.cadenya.spellings import snake
from armillary.domain.errors import InvalidRequest
from armillary.domain.providers import Credential, CredentialPatch, CredentialShape

_API_KEY = (CredentialType.API_KEY,)
#: Which forms open which provider's API; others, which Cadenya has no word for, take a key.
PAIRS: dict[AIProvider, tuple[CredentialType, ...]] = {
    AIProvider.OPENAI_COMPATIBLE: (CredentialType.API_KEY, CredentialType.HEADERS),
    AIProvider.VERTEX: (CredentialType.GOOGLE_SERVICE_ACCOUNT,),
    AIProvider.BEDROCK: (CredentialType.AWS_ACCESS_KEY,),
}
#: The domain's kind -> the wire's type and members (name -> the domain's), where they are fixed.
_TYPES = {snake(kind.value): kind for kind in CredentialType}
_MEMBERS: dict[str, tuple[str, ...]] = {
    "api_key": ("api_key",),
    "google_service_account": ("json",),
    "aws_access_key": ("access_key_id", "secret_access_key", "session_token"),
}
_FIELD = "spec.credentials"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


def credential(word: AIProvider, stated: wire.Credentials | UnsetType) -> Credential | None:
    """The credential that a caller states for such a provider; None where it states none. Raises: InvalidRequest."""
    if isinstance(stated, UnsetType):
        return None
    return Credential(kind=_kind(word, stated, _FIELD), members=_members(stated, _FIELD))


def credential_patch(word: AIProvider, patch: wire.CredentialPatch, stored: CredentialShape | None) -> CredentialPatch:
    """What a patch changes of the stored credential. Raises: InvalidRequest."""
    place = "credential_patch.credentials"
    kind, members = None, {}
    if isinstance(patch.credentials, wire.Credentials):
        kind, members = _kind(word, patch.credentials, place), _members(patch.credentials, place)
    held = kind or (stored.kind if stored else "")
    cleared = () if isinstance(patch.clear_fields, UnsetType) else tuple(patch.clear_fields)
    if held in _MEMBERS:
        cleared = tuple(snake(name) for name in cleared)
    if not {*cleared} <= {*_MEMBERS.get(held, cleared)}:
        raise InvalidRequest("credential_patch.clear_fields", f"must name only {', '.join(_MEMBERS[held])}")
    return CredentialPatch(kind=kind, members=members, cleared=cleared)


def _kind(word: AIProvider, stated: wire.Credentials, place: str) -> str:
    allowed = PAIRS.get(word, _API_KEY)
    if stated.type not in allowed:
        raise InvalidRequest(f"{place}.type", f"must be {' or '.join(allowed)} for this provider")
    return snake(stated.type.value)


def _members(stated: wire.Credentials, place: str) -> dict[str, str]:
    name = snake(stated.type.value)
    payload: Any = getattr(stated, name)
    if payload is UNSET:
        raise InvalidRequest(f"{place}.{name}", "is required")
    if isinstance(payload, wire.HeadersCredential):
        return {} if isinstance(payload.headers, UnsetType) else _headers(payload.headers, f"{place}.headers.headers")
    return {name: value for name, value in msgspec.structs.asdict(payload).items() if value is not UNSET}


def _headers(headers: dict[str, str], place: str) -> dict[str, str]:
    """The headers, if a request can bear them. Source of the bounds: RFC 9110, 5.1 and 5.5."""
    if any(not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(text) for name, text in headers.items()):
        raise InvalidRequest(place, "must have names and values that HTTP headers may have")
    return headers


def credential_status(shape: CredentialShape | None) -> wire.CredentialStatus | UnsetType:
    """Which members of the stored credential are set; UNSET where there is none, or none of these forms."""
    kind = _TYPES.get(shape.kind) if shape else None
    if shape is None or kind is None:
        return UNSET
    fields = [
        wire.CredentialField(
            name=_camel(name) if shape.kind in _MEMBERS else name, sensitive=True, configured=name in shape.members
        )
        for name in _MEMBERS.get(shape.kind, shape.members)
    ]
    return wire.CredentialStatus(type=kind, fields=fields)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
