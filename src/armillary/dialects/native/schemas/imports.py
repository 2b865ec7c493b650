"""Imports of whole catalogues, previewed and applied; and upgrades to this release's own catalogue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, UnsetType

from armillary.dialects.native.schemas.base import Body, Query, Reply

Format = Literal["models.dev", "litellm", "models.csv"]
Revision = Annotated[
    int, Meta(ge=0, le=2**53, description="The preview's `revision`: refused where the registry moved since.")
]

#: Either form of an import; which of them it is, the query says.
Document = Annotated[
    Raw,
    Meta(
        title="ImportDocument",
        description=(
            "With `?format=` in the query the document itself; without it an object with `document`, and `format` "
            "where it cannot be told by the document. A CSV file (`models.csv`) is itself, or a text as `document`."
        ),
        extra_json_schema={
            "type": "object",
            "properties": {
                "format": {"enum": ["models.dev", "litellm", "models.csv", None]},
                "document": {"type": ["object", "string"]},
                "revision": {"type": ["integer", "null"], "minimum": 0},
            },
        },
    ),
]


class ImportRequest(Body):
    """A document in an envelope."""

    document: Raw
    format: Format | None = None
    revision: Revision | None = None


class ImportQuery(Query):
    """How the body is to be read, and how much of the account to show."""

    format: Annotated[
        Format | Literal["auto"] | UnsetType,
        Meta(description="Given, the body is the document itself; `auto` tells its format by the document."),
    ] = UNSET
    revision: Revision | None = None
    show: Annotated[int, Meta(ge=0, le=1000, description="How many models and providers to tell of, each.")] = 100


class MemberChange(Reply):
    """A member as it is, and as it becomes."""

    before: Any
    after: Any


class ImportedModel(Reply):
    """What the import does with one model; `changes` tells which members change."""

    provider: str
    upstream_name: str
    name: str
    action: Literal["created", "changed"]
    changes: dict[str, MemberChange]


class ImportedProvider(Reply):
    """What the import does with one provider, and how many of its models it does what."""

    key: str
    name: str
    action: Literal["created", "existing"]
    created: int
    changed: int
    unchanged: int


class ImportedField(Reply):
    """What becomes of a field: kept as it is, mapped to something else, or dropped, and why; `count` of its values."""

    path: str
    fate: Literal["kept", "mapped", "dropped"]
    note: str
    count: int


class Import(Reply):
    """What an import does, or did where `applied`.

    `revision` is the catalogue revision that a preview was made at, and that an applied import made. Lists are cut
    to what was asked for; the `omitted` members tell how many more there are.
    """

    applied: bool
    format: Format
    revision: int
    created: int
    changed: int
    unchanged: int
    providers_created: int
    fields: list[ImportedField]
    omitted_fields: int
    providers: list[ImportedProvider]
    omitted_providers: int
    models: list[ImportedModel]
    omitted_models: int


class UpgradeRequest(Body):
    """Whether to tell only what the upgrade would do."""

    dry_run: bool = False


class UpgradedModel(Reply):
    """What an upgrade changes of a model, and what it keeps because somebody edited it by hand."""

    external_id: str
    name: str
    changes: dict[str, MemberChange]
    kept: dict[str, MemberChange]


class Upgrade(Reply):
    """How the workspace's predefined models differ from this release's catalogue; where `applied`, how they did.

    `added` and `gone` are external ids; what is gone from the catalogue stays in the workspace as it is.
    """

    as_of: str
    applied: bool
    added: list[str]
    models: list[UpgradedModel]
    gone: list[str]
