"""What the server enforces, told beforehand. Source: contracts/everruns.md, 3.1 and 3.2, ``GET …/config``.

The contract leaves the object's members to the server: these are rules that a client can act on.
"""

from __future__ import annotations

from armillary.dialects.everruns.schemas.base import Reply
from armillary.dialects.everruns.schemas.models import Source


class ChangeReasons(Reply, frozen=True, kw_only=True):
    """Of the header ``Everruns-Change-Reason``."""

    required: bool
    max_chars: int


class Pages(Reply, frozen=True, kw_only=True):
    """Of a list that is asked for by ``offset`` and ``limit``."""

    default_limit: int
    max_limit: int


class MemberLimits(Reply, frozen=True, kw_only=True):
    """Of a model's members."""

    display_name_chars: int
    model_id_chars: int
    capabilities: int
    capability_chars: int


class ModelPolicies(Reply, frozen=True, kw_only=True):
    """Of models. ``can_…`` speak of the caller.

    ``enabled_from_start`` are the sources whose models start enabled; ``managed_members`` all that may change of a
    managed provider's model; ``not_chat_capabilities`` the tags that keep a model from being a default.
    """

    can_read: bool
    can_manage: bool
    sources: list[Source]
    enabled_from_start: list[Source]
    managed_members: list[str]
    not_chat_capabilities: list[str]
    limits: MemberLimits
    pages: Pages
    change_reasons: ChangeReasons


class ModelConfig(Reply, frozen=True, kw_only=True):
    """Reply of ``GET /models/config``."""

    policies: ModelPolicies


class RequestOptions(Reply, frozen=True, kw_only=True):
    """Of a provider's ``request_options``."""

    max_bytes: int
    max_headers: int
    max_header_value_chars: int
    forbidden_headers: list[str]


class ProviderPolicies(Reply, frozen=True, kw_only=True):
    """Of providers. ``can_…`` speak of the caller.

    ``keyless_provider_types`` need no key; ``private_base_urls`` tells whether a provider may be on a private address,
    ``environment_credentials`` whether a missing key is looked for in the server's environment (never).
    """

    can_read: bool
    can_manage: bool
    statuses: list[str]
    keyless_provider_types: list[str]
    private_base_urls: bool
    environment_credentials: bool
    request_options: RequestOptions
    change_reasons: ChangeReasons


class ProviderConfig(Reply, frozen=True, kw_only=True):
    """Reply of ``GET /providers/config``."""

    policies: ProviderPolicies
