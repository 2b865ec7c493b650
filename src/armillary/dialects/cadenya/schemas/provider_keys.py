"""AI provider keys: a provider of models, with the credential that opens it. Source: contracts/cadenya.md, 3.7."""

from __future__ import annotations

from enum import StrEnum

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas.base import Body, Empty, Labels, Reply, Secret, Text
from armillary.dialects.cadenya.schemas.lists import FilteredQuery, Pagination
from armillary.dialects.cadenya.schemas.metadata import ChangedMetadata, NewMetadata, ResourceMetadata


class AIProvider(StrEnum):
    """Whose API a key opens."""

    UNSPECIFIED = "AI_PROVIDER_UNSPECIFIED"
    OPENROUTER = "AI_PROVIDER_OPENROUTER"
    OPENAI = "AI_PROVIDER_OPENAI"
    ANTHROPIC = "AI_PROVIDER_ANTHROPIC"
    GEMINI = "AI_PROVIDER_GEMINI"
    OPENAI_COMPATIBLE = "AI_PROVIDER_OPENAI_COMPATIBLE"
    VERTEX = "AI_PROVIDER_VERTEX"
    BEDROCK = "AI_PROVIDER_BEDROCK"


class ModelManagement(StrEnum):
    """Where a key's models come from."""

    UNSPECIFIED = "MODEL_MANAGEMENT_UNSPECIFIED"
    CADENYA = "MODEL_MANAGEMENT_CADENYA"
    SYNCED = "MODEL_MANAGEMENT_SYNCED"
    CUSTOMIZABLE = "MODEL_MANAGEMENT_CUSTOMIZABLE"
    MANUAL = "MODEL_MANAGEMENT_MANUAL"


class CredentialType(StrEnum):
    """The form of a credential."""

    API_KEY = "apiKey"
    HEADERS = "headers"
    GOOGLE_SERVICE_ACCOUNT = "googleServiceAccount"
    AWS_ACCESS_KEY = "awsAccessKey"


class ConfigType(StrEnum):
    """Whose settings a config holds."""

    OPENROUTER = "openrouter"
    OPENAI = "openai"
    OPENAI_COMPATIBLE = "openaiCompatible"
    VERTEX = "vertex"
    BEDROCK = "bedrock"


class ApiKeyCredential(Body):
    """One secret."""

    api_key: Secret | UnsetType = UNSET


class HeadersCredential(Body):
    """Headers that every request to the provider bears."""

    headers: Labels | UnsetType = UNSET


class GoogleServiceAccountCredential(Body):
    """A service account's key file."""

    json: Secret | UnsetType = UNSET


class AwsAccessKeyCredential(Body):
    """An access key; ``sessionToken`` is optional."""

    access_key_id: Secret | UnsetType = UNSET
    secret_access_key: Secret | UnsetType = UNSET
    session_token: Secret | UnsetType = UNSET


class Credentials(Body):
    """Of one type, with its payload under the type's name; write only."""

    type: CredentialType
    api_key: ApiKeyCredential | UnsetType = UNSET
    headers: HeadersCredential | UnsetType = UNSET
    google_service_account: GoogleServiceAccountCredential | UnsetType = UNSET
    aws_access_key: AwsAccessKeyCredential | UnsetType = UNSET


class OpenRouterConfig(Reply):
    """OpenRouter's settings."""

    region: Text = ""


class OpenAIConfig(Reply):
    """OpenAI's settings."""

    organization_id: Text = ""
    project_id: Text = ""


class OpenAICompatibleConfig(Reply):
    """Where an OpenAI-compatible API is; the only one that takes an endpoint."""

    base_url: Text = ""


class VertexConfig(Reply):
    """Vertex' settings."""

    project_id: Text = ""
    location: Text = ""


class BedrockConfig(Reply):
    """Bedrock's settings."""

    region: Text = ""


class Config(Reply):
    """Of one type, with its payload under the type's name."""

    type: ConfigType
    openrouter: OpenRouterConfig | UnsetType = UNSET
    openai: OpenAIConfig | UnsetType = UNSET
    openai_compatible: OpenAICompatibleConfig | UnsetType = UNSET
    vertex: VertexConfig | UnsetType = UNSET
    bedrock: BedrockConfig | UnsetType = UNSET


class AIProviderKeySpecBody(Body):
    """What a caller says of a key; clients of June 2026 said ``apiKey`` and ``openrouter`` alone."""

    provider: AIProvider | UnsetType = UNSET
    credentials: Credentials | UnsetType = UNSET
    config: Config | UnsetType = UNSET
    api_key: Secret | UnsetType = UNSET
    openrouter: Empty | UnsetType = UNSET


class CreateAIProviderKey(Body):
    """Body of ``POST …/ai_provider_keys``."""

    metadata: NewMetadata
    spec: AIProviderKeySpecBody


class CredentialPatch(Body):
    """Members of the credential to set, and optional ones to remove; another type replaces the credential."""

    credentials: Credentials | UnsetType = UNSET
    clear_fields: list[Text] | UnsetType = UNSET


class UpdateAIProviderKey(Body):
    """Body of ``PATCH …/ai_provider_keys/{id}``; ``credentialPatch`` holds whatever the mask says."""

    metadata: ChangedMetadata | UnsetType = UNSET
    spec: AIProviderKeySpecBody | UnsetType = UNSET
    update_mask: Text | UnsetType = UNSET
    credential_patch: CredentialPatch | UnsetType = UNSET


class AIProviderKeyQuery(FilteredQuery):
    """``promotional=true`` shows those that the platform supplies, and only them."""

    promotional: bool = False


class AIProviderKeySpec(Reply):
    """What a key is; never its credential."""

    provider: AIProvider
    config: Config | UnsetType = UNSET


class CredentialField(Reply):
    """A member of the stored credential: whether it is set, never what it is."""

    name: str
    sensitive: bool
    configured: bool


class CredentialStatus(Reply):
    """The stored credential, without its secrets."""

    type: CredentialType
    fields: list[CredentialField]


class AIProviderKeyInfo(Reply):
    """What is known of a key beyond what was said."""

    enabled_model_count: int
    disabled_model_count: int
    is_promotional: bool
    model_management: ModelManagement
    credential_status: CredentialStatus | UnsetType = UNSET


class AIProviderKey(Reply):
    """A key; within a model's ``info`` with ``id`` and ``name`` beside, which clients of June 2026 read there."""

    metadata: ResourceMetadata
    spec: AIProviderKeySpec
    info: AIProviderKeyInfo | UnsetType = UNSET
    id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class AIProviderKeyList(Reply):
    """A page of keys."""

    items: list[AIProviderKey]
    pagination: Pagination
