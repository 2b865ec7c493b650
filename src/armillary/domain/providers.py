"""Providers: who serves models to a workspace, through which driver, and with which credential.

What Everruns calls a provider and Cadenya an AI provider key is this one thing. A *managed* provider is supplied
by the platform: dialects may neither change nor delete it, and its models only be switched on and off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.domain.changes import Document, stated
from armillary.domain.errors import InvalidRequest
from armillary.domain.labels import checked_bundle, checked_external_id, checked_labels

#: The simulated provider: it needs no key and no network.
LLMSIM = "llmsim"
#: The driver of any API that speaks as OpenAI's does, at an address that the provider must tell.
COMPATIBLE = "openai_compatible"
#: The drivers that we know; another word is taken as well, and cannot be called.
#: Source: contracts/everruns.md, 3.1; contracts/cadenya.md, 3.7.
DRIVERS = frozenset(
    {
        "anthropic",
        "azure_openai",
        "bedrock",
        "cerebras",
        "deepinfra",
        "deepseek",
        "fireworks",
        "gemini",
        "groq",
        LLMSIM,
        "lmstudio",
        "mai",
        "meta",
        "mistral",
        "moonshot",
        "nvidia",
        "ollama",
        "openai",
        COMPATIBLE,
        "openai_completions",
        "openrouter",
        "together",
        "vertex",
        "vllm",
        "xai",
    }
)
_LONGEST_NAME = 255
_LONGEST_URL = 2048
_MOST_HEADERS = 16
_LONGEST_HEADER = 2048
#: contracts/everruns.md, 3.1, ``request_options``.
FORBIDDEN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})


class ProviderStatus(StrEnum):
    """Whether a provider's models may be chosen."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Management(StrEnum):
    """Where a provider's models come from. Source: contracts/cadenya.md, 3.7."""

    PLATFORM = "platform"
    SYNCED = "synced"
    CUSTOMIZABLE = "customizable"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialShape:
    """What is known of a credential without opening it: its form, and which members are set.

    ``kind`` is ``api_key``, ``headers``, ``google_service_account``, ``aws_access_key`` or ``parts``.
    """

    kind: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An opened credential: its form, and its members in clear. It is sealed before it is stored."""

    kind: str
    members: Mapping[str, str] = field(repr=False)

    @property
    def shape(self) -> CredentialShape:
        """What may be told of it."""
        return CredentialShape(kind=self.kind, members=tuple(sorted(self.members)))


#: Credential kind -> the members without which it opens nothing. Source: contracts/cadenya.md, 3.7, ``credentials``.
MANDATORY: dict[str, tuple[str, ...]] = {
    "api_key": ("api_key",),
    "headers": (),
    "google_service_account": ("json",),
    "aws_access_key": ("access_key_id", "secret_access_key"),
    "parts": (),
}
_MOST_MEMBERS = 16
_LONGEST_SECRET = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialPatch:
    """Some members of a credential: those given change, those cleared go, all others stay.

    ``kind`` is None where it names none; another kind than the stored one replaces the credential whole.
    """

    kind: str | None = None
    members: Mapping[str, str] = field(default_factory=dict, repr=False)
    cleared: tuple[str, ...] = ()


def checked_credential(credential: Credential) -> Credential:
    """The credential. Raises: InvalidRequest (``credentials``), never quoting a member's value."""
    if credential.kind not in MANDATORY:
        raise InvalidRequest("credentials", f"is one of {', '.join(MANDATORY)}")
    missing = [name for name in MANDATORY[credential.kind] if not credential.members.get(name)]
    if missing or not credential.members:
        raise InvalidRequest("credentials", f"lacks {', '.join(missing) or 'all of its members'}")
    longest = max(len(text) for pair in credential.members.items() for text in pair)
    if len(credential.members) > _MOST_MEMBERS or longest > _LONGEST_SECRET:
        raise InvalidRequest("credentials", f"has at most {_MOST_MEMBERS} members of {_LONGEST_SECRET} characters")
    return credential


def patched(credential: Credential | None, patch: CredentialPatch) -> Credential:
    """The credential as a patch leaves it. Raises: InvalidRequest (``credential_patch``)."""
    kind = patch.kind or (credential.kind if credential else None)
    if kind is None:
        raise InvalidRequest("credential_patch", "names no type, and there is no credential yet")
    kept = dict(credential.members) if credential is not None and credential.kind == kind else {}
    members = {name: value for name, value in {**kept, **patch.members}.items() if name not in patch.cleared}
    return checked_credential(Credential(kind=kind, members=members))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of models in one workspace.

    ``sealed`` is the credential's envelope, opened by the storage's keyring only; ``config`` are the driver's own
    settings (region, project…), ``request_options`` extra headers, ``trace`` an opaque tracing switch.
    """

    id: UUID
    workspace: UUID
    name: str
    driver: str
    base_url: str = ""
    status: ProviderStatus = ProviderStatus.ACTIVE
    managed: bool = False
    management: Management = Management.CUSTOMIZABLE
    credential: CredentialShape | None = None
    sealed: str | None = field(default=None, repr=False)
    config: Document = field(default_factory=dict)
    request_options: Document = field(default_factory=dict, repr=False)
    trace: Any = None
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    bundle: str = ""
    mcp: bool = False
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    last_synced_at: datetime | None = None
    revision: int = 0

    @property
    def healthy(self) -> bool:
        """Active, and has a key or needs none (contracts/everruns.md, 3.2.1)."""
        keyed = self.credential is not None or self.driver == LLMSIM
        return self.status is ProviderStatus.ACTIVE and keyed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProvider:
    """What a caller says of a provider to be."""

    name: str
    driver: str
    base_url: str = ""
    credential: Credential | None = None
    config: Document = field(default_factory=dict)
    request_options: Document = field(default_factory=dict, repr=False)
    trace: Any = None
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    bundle: str = ""
    managed: bool = False
    management: Management = Management.CUSTOMIZABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChanges:
    """What to change: UNSET keeps, None clears; what cannot be cleared takes no None.

    ``credential`` replaces it whole, or by a patch some of its members.
    """

    name: str | UnsetType = UNSET
    driver: str | UnsetType = UNSET
    base_url: str | UnsetType = UNSET
    status: ProviderStatus | UnsetType = UNSET
    credential: Credential | CredentialPatch | UnsetType | None = UNSET
    config: Document | UnsetType = UNSET
    request_options: Document | UnsetType = UNSET
    trace: Any | UnsetType = UNSET
    labels: Mapping[str, str] | UnsetType = UNSET
    external_id: str | UnsetType = UNSET
    bundle: str | UnsetType = UNSET


def changed(
    provider: Provider,
    changes: ProviderChanges,
    *,
    credential: Credential | UnsetType | None = UNSET,
    sealed: str | None = None,
    at: datetime,
) -> Provider:
    """The provider as ``changes`` leave it.

    Args:
        provider: as it is.
        changes: what to change; its credential counts for nothing here, since only the keyring opens and seals.
        credential: the credential there is to be, UNSET for the one there is.
        sealed: its envelope.
        at: becomes ``updated_at``.

    Raises: InvalidRequest, naming the member.
    """
    members = stated(changes)
    members.pop("credential", None)
    if not isinstance(credential, UnsetType):
        members |= {"credential": credential.shape if credential else None, "sealed": sealed}
    return checked(replace(provider, **members, updated_at=at))


def checked(provider: Provider) -> Provider:
    """The provider with its texts trimmed. Raises: InvalidRequest, naming the member that breaks its bound."""
    name, driver = provider.name.strip(), provider.driver.lower()
    if not 1 <= len(name) <= _LONGEST_NAME or "\0" in name:
        raise InvalidRequest("name", f"has 1 to {_LONGEST_NAME} characters")
    if not 1 <= len(driver) <= _LONGEST_NAME or driver != driver.strip() or not driver.isprintable():
        raise InvalidRequest("provider_type", f"has 1 to {_LONGEST_NAME} characters and no space around it")
    return replace(
        provider,
        name=name,
        driver=driver,
        base_url=_checked_url(provider.base_url),
        labels=checked_labels(provider.labels),
        external_id=checked_external_id(provider.external_id),
        bundle=checked_bundle(provider.bundle),
        request_options=_checked_options(provider.request_options),
    )


def _checked_url(url: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or len(url) > _LONGEST_URL or " " in url or not url.isprintable():
        raise InvalidRequest("base_url", "is an absolute http or https URL")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest("base_url", "holds no user and password: send them as the credential")
    return url


def _checked_options(options: Document) -> Document:
    headers = options.get("headers", {})
    if not isinstance(headers, Mapping) or len(headers) > _MOST_HEADERS:
        raise InvalidRequest("request_options.headers", f"is an object of at most {_MOST_HEADERS} headers")
    for name, value in headers.items():
        _check_header(str(name), value)
    return options


def _check_header(name: str, value: object) -> None:
    token = name.isascii() and name.replace("-", "").replace("_", "").replace(".", "").isalnum()
    if not token or name.lower() in FORBIDDEN_HEADERS:
        raise InvalidRequest("request_options.headers", "names a header that may not be set")
    if not isinstance(value, str) or len(value) > _LONGEST_HEADER or not value.isprintable():
        raise InvalidRequest("request_options.headers", f"has values of at most {_LONGEST_HEADER} characters")


def document(provider: Provider) -> Document:
    """The provider as its change record shows it: never a secret, header values masked."""
    options = {**provider.request_options}
    if isinstance(options.get("headers"), Mapping):
        options["headers"] = dict.fromkeys(options["headers"], "•")
    return {
        "name": provider.name,
        "driver": provider.driver,
        "base_url": provider.base_url,
        "status": provider.status.value,
        "managed": provider.managed,
        "management": provider.management.value,
        "credential": None if provider.credential is None else provider.credential.kind,
        "config": dict(provider.config),
        "request_options": options,
        "labels": dict(provider.labels),
        "external_id": provider.external_id,
        "bundle": provider.bundle,
    }


def documents(before: Provider, after: Provider) -> tuple[Document, Document]:
    """Both as a change record shows them: of a credential, that it was replaced."""
    was, becomes = dict(document(before)), dict(document(after))
    if before.sealed != after.sealed and after.credential is not None:
        becomes["credential"] = f"{after.credential.kind} (replaced)" if before.sealed else after.credential.kind
    return was, becomes
