"""What the server enforces, in the words of the ``config`` endpoints; tests hold each of them true."""

from __future__ import annotations

from armillary.dialects.everruns import reasons
from armillary.dialects.everruns.mapping import pages
from armillary.dialects.everruns.mapping.models import LONGEST_NAME
from armillary.dialects.everruns.mapping.providers import MOST_OPTION_BYTES
from armillary.dialects.everruns.schemas import policies as wire
from armillary.domain.access import Principal
from armillary.domain.models import NOT_CHAT
from armillary.domain.providers import FORBIDDEN_HEADERS, LLMSIM, ProviderStatus

_MOST_CAPABILITIES, _LONGEST_CAPABILITY = 250, 64
_MOST_HEADERS, _LONGEST_HEADER = 16, 2048
_REASONS = wire.ChangeReasons(required=False, max_chars=reasons.LONGEST)


def model_policies(caller: Principal) -> wire.ModelPolicies:
    """What holds for models."""
    return wire.ModelPolicies(
        can_read=caller.can("models:read"),
        can_manage=caller.can("models:manage"),
        sources=["manual", "discovered", "predefined"],
        enabled_from_start=["predefined"],
        managed_members=["enabled", "is_favorite"],
        not_chat_capabilities=sorted(NOT_CHAT),
        limits=wire.MemberLimits(
            display_name_chars=LONGEST_NAME,
            model_id_chars=LONGEST_NAME,
            capabilities=_MOST_CAPABILITIES,
            capability_chars=_LONGEST_CAPABILITY,
        ),
        pages=wire.Pages(default_limit=pages.DEFAULT_LIMIT, max_limit=pages.MOST),
        change_reasons=_REASONS,
    )


def provider_policies(caller: Principal, *, private_base_urls: bool) -> wire.ProviderPolicies:
    """What holds for providers."""
    return wire.ProviderPolicies(
        can_read=caller.can("models:read"),
        can_manage=caller.can("models:manage"),
        statuses=[status.value for status in ProviderStatus],
        keyless_provider_types=[LLMSIM],
        private_base_urls=private_base_urls,
        environment_credentials=False,
        request_options=wire.RequestOptions(
            max_bytes=MOST_OPTION_BYTES,
            max_headers=_MOST_HEADERS,
            max_header_value_chars=_LONGEST_HEADER,
            forbidden_headers=sorted(FORBIDDEN_HEADERS),
        ),
        change_reasons=_REASONS,
    )
