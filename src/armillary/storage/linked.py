"""Which resources something of a kind links: conditions on a row ``r`` of ``resources``.

What the registry has a member for, it decides: a link counts as long as its owner still says what the row holds, and
a canonical row where something says its content and chose no other row of it. For the rest the links stand alone.
See ``domain.assemblies.reconciled``.
"""

from __future__ import annotations

from uuid import UUID

from armillary.domain.assemblies import Kind, Slot
from armillary.domain.resources import ResourceKind
from armillary.domain.seeds import MODEL_ACTIVE
from armillary.storage.columns import identity
from armillary.storage.database import Reading
from armillary.storage.links import TABLES

_ALWAYS, _NEVER = "1 = 1", "1 = 0"
_OWNERS = {
    Kind.MODEL: "models",
    Kind.PROVIDER: "providers",
    Kind.DEPARTMENT: "departments",
    Kind.AGENT: "agents",
    Kind.PROFILE: "profiles",
}


#: So much of a text is compared first: all of a name, and of a description what fits into an index.
LONGEST_TOLD = 255
_OF_WORKSPACE = {kind: f"{owners} o WHERE o.workspace = :workspace" for kind, owners in _OWNERS.items()} | {
    Kind.PROFILE: "members b JOIN profiles o ON o.id = b.profile WHERE b.workspace = :workspace"
}
#: What things tell of themselves in one member, as the indexes have it.
_TOLD = {(kind, ResourceKind.NAMES): "o.name {by_code_point}" for kind in Kind} | {
    (kind, ResourceKind.DESCRIPTIONS): f"substr(o.description, 1, {LONGEST_TOLD}) {{by_code_point}}"
    for kind in (Kind.MODEL, Kind.DEPARTMENT, Kind.AGENT)  # of a provider and a profile only links do
}


def condition(kind: ResourceKind, by: Kind) -> str:
    """A condition that holds where something of the kind ``by`` in ``:workspace`` links the row."""
    holds, stands = _SAID.get((by, kind), (_ALWAYS, _NEVER))
    linked = f"""EXISTS (SELECT 1 FROM {TABLES[by]} l JOIN {_OWNERS[by]} o ON o.id = l.owner
        WHERE l.workspace = :workspace AND l.slot = '{kind.value}' AND l.target = r.id AND {holds})"""  # noqa: S608  constants; the only value is bound
    return f"({linked} OR (r.canonical = 1 AND {stands}))" if stands != _NEVER else linked


def tells(kind: ResourceKind, by: Kind) -> bool:
    """Whether things of the kind ``by`` have a member of their own for it: a name, a description."""
    return (by, kind) in _TOLD


async def told(  # noqa: PLR0913  of what, from where
    reading: Reading, workspace: UUID, kind: ResourceKind, by: Kind, *, after: str, limit: int
) -> list[str]:
    """The next beginnings of names, or descriptions, that things of the kind ``by`` have, by code point."""
    told = _TOLD[by, kind]
    rows = await reading.all(
        f"""SELECT DISTINCT {told} AS told FROM {_OF_WORKSPACE[by]} AND {told} > :after
        ORDER BY told LIMIT :limit""",  # noqa: S608  as above
        workspace=workspace.hex,
        after=after,
        limit=limit,
    )
    return [row["told"] for row in rows]


async def by_links(reading: Reading, workspace: UUID, kind: ResourceKind, by: Kind) -> list[UUID]:
    """The resources that links of things of the kind ``by`` lead to, whatever those things tell."""
    rows = await reading.all(
        f"SELECT DISTINCT target FROM {TABLES[by]} WHERE workspace = :workspace AND slot = :slot",  # noqa: S608  as above
        workspace=workspace.hex,
        slot=kind.value,
    )
    return [identity(row["target"]) for row in rows]


async def by_models(reading: Reading, workspace: UUID, slot: Slot) -> set[UUID]:
    """The providers or departments that models of the workspace link."""
    rows = await reading.all(_USED[slot], workspace=workspace.hex, slot=slot.value)
    return {identity(row["id"]) for row in rows}


#: A model's first provider is its own member; the links tell of further ones.
_USED = {
    Slot.PROVIDERS: """SELECT p.id FROM providers p WHERE p.workspace = :workspace
        AND (EXISTS (SELECT 1 FROM models m WHERE m.provider = p.id) OR EXISTS (
            SELECT 1 FROM model_links l
            WHERE l.workspace = :workspace AND l.slot = :slot AND l.target = p.id AND l.place > 0))""",
    Slot.DEPARTMENTS: """SELECT d.id FROM departments d WHERE d.workspace = :workspace AND EXISTS (
            SELECT 1 FROM model_links l WHERE l.workspace = :workspace AND l.slot = :slot AND l.target = d.id)""",
}


def _type(word: str) -> str:
    return f"""instr(r.content, '"type":"{word}"') > 0"""


def _chosen(by: Kind, kind: ResourceKind) -> str:
    """Whether the owner ``o`` links another row of the same content."""
    return f"""EXISTS (SELECT 1 FROM {TABLES[by]} l JOIN resources e ON e.id = l.target
        WHERE l.owner = o.id AND l.slot = '{kind.value}' AND e.key = r.key AND e.id <> r.id)"""  # noqa: S608  as above


def _named(by: Kind) -> tuple[str, str]:
    """Names are one row each, so that none was chosen among several."""
    says = f"{_TOLD[by, ResourceKind.NAMES]} = r.text"
    return says, f"EXISTS (SELECT 1 FROM {_OF_WORKSPACE[by]} AND {says})"  # noqa: S608  as above


def _described(by: Kind) -> tuple[str, str]:
    says = f"{_TOLD[by, ResourceKind.DESCRIPTIONS]} = substr(r.text, 1, {LONGEST_TOLD}) AND o.description = r.text"
    chosen = _chosen(by, ResourceKind.DESCRIPTIONS)
    return says, f"EXISTS (SELECT 1 FROM {_OF_WORKSPACE[by]} AND {says} AND NOT {chosen})"  # noqa: S608  as above


#: The models of the workspace that say the value, by the index on provider and upstream name, which has two parts.
_SAYS_VALUE = " OR ".join(
    f"""EXISTS (SELECT 1 FROM {source} o
        WHERE {provider} AND o.workspace = :workspace AND o.upstream_name = r.text AND o.twin = {twin}
            AND NOT {_chosen(Kind.MODEL, ResourceKind.VALUES)})"""  # noqa: S608  as above
    for source, provider in (
        ("providers p CROSS JOIN models", "p.workspace = :workspace AND o.provider = p.id"),
        ("models", "o.provider IS NULL"),
    )
    for twin in (0, 1)
)
_IS_ON = """CASE WHEN instr(r.content, '"value":true') > 0 THEN 1 ELSE 0 END"""
#: What a model takes or makes, in the registry's words. The contract's ``file`` is its ``pdf``.
_SAYS_MODALITY = """instr(CASE WHEN instr(r.content, '"is_input":true') > 0 THEN o.input_modalities
    ELSE o.output_modalities END, CASE WHEN r.text = 'file' THEN '"pdf"' ELSE '"' || r.text || '"' END) > 0"""
#: The only member of the content, as it stands in JSON, is what the level's value is in a model's facts.
_SAYS_LEVEL = """instr(o.facts, '"value":' || substr(r.content, instr(r.content, ':') + 1,
    length(r.content) - instr(r.content, ':') - 1)) > 0"""
_MEMBERS = (("input", "input"), ("output", "output"), ("cached", "cached_input"))
#: What models cost, as it stands in a row's content: the override, or else the base.
_RATES = " UNION ALL ".join(
    f"""SELECT p.model, '"pricing_type":"{word}","price":"' || p.{member} || '"' AS rate
        FROM prices p JOIN models m ON m.id = p.model
        WHERE m.workspace = :workspace AND p.ends_at IS NULL AND p.{member} IS NOT NULL
            AND (p.kind = 'override' OR NOT EXISTS (SELECT 1 FROM prices v
                WHERE v.model = p.model AND v.kind = 'override' AND v.ends_at IS NULL AND v.{member} IS NOT NULL))"""  # noqa: S608  as above
    for word, member in _MEMBERS
)
_RATE = """substr(r.content, 2, instr(r.content, ',"unit_name"') - 2)"""
#: A price of a million tokens of text is what the registry says; ``domain.assemblies`` tells the rule.
_IS_RATE = """(instr(r.content, '"unit_category":"tokens","unit_value":1000000}') > 0
    AND instr(r.content, '"unit_name":"million_audio"') = 0 AND instr(r.content, '"unit_name":"million_image"') = 0
    AND instr(r.content, '"unit_name":"200k"') = 0)"""

#: What owners say of rows: when a link holds, and when a canonical row stands for what is said.
_SAID: dict[tuple[Kind, ResourceKind], tuple[str, str]] = {
    **{(by, kind): _named(by) if kind is ResourceKind.NAMES else _described(by) for by, kind in _TOLD},
    (Kind.MODEL, ResourceKind.VALUES): (
        "(l.place > 0 OR o.upstream_name = r.text)",
        f"({_type('model')} AND ({_SAYS_VALUE}))",
    ),
    (Kind.PROVIDER, ResourceKind.VALUES): (
        _ALWAYS,
        f"""({_type("provider")} AND EXISTS (SELECT 1 FROM providers o
            WHERE o.workspace = :workspace AND o.driver = r.text AND NOT {_chosen(Kind.PROVIDER, ResourceKind.VALUES)}))""",  # noqa: S608, E501  as above
    ),
    (Kind.PROVIDER, ResourceKind.ENDPOINTS): (
        "(l.place > 0 OR o.base_url = r.text)",
        f"""EXISTS (SELECT 1 FROM providers o
            WHERE o.workspace = :workspace AND o.base_url = r.text AND NOT {_chosen(Kind.PROVIDER, ResourceKind.ENDPOINTS)})""",  # noqa: S608, E501  as above
    ),
    (Kind.MODEL, ResourceKind.FLAGS): (
        f"(NOT {_type(MODEL_ACTIVE)} OR o.enabled = {_IS_ON})",
        f"""({_type(MODEL_ACTIVE)} AND {_IS_ON} = 1
            AND EXISTS (SELECT 1 FROM models o WHERE o.workspace = :workspace AND o.enabled = 1))""",  # noqa: S608  as above
    ),
    # of models there may be a hundred thousand, of what they say so but a few: read once, not for each row
    (Kind.MODEL, ResourceKind.MODALITIES): (
        f"(r.text = 'call' OR {_SAYS_MODALITY})",
        f"""EXISTS (WITH said AS MATERIALIZED (
                SELECT DISTINCT m.input_modalities, m.output_modalities FROM models m WHERE m.workspace = :workspace
            ) SELECT 1 FROM said AS o WHERE {_SAYS_MODALITY})""",  # noqa: S608  as above
    ),
    (Kind.MODEL, ResourceKind.REASONING_LEVELS): (
        _SAYS_LEVEL,
        f"""EXISTS (WITH said AS MATERIALIZED (
                SELECT DISTINCT m.facts FROM models m WHERE m.workspace = :workspace
            ) SELECT 1 FROM said AS o WHERE {_SAYS_LEVEL})""",  # noqa: S608  as above
    ),
    (Kind.MODEL, ResourceKind.PRICING): (
        f"(NOT {_IS_RATE} OR {_RATE} IN (SELECT said.rate FROM ({_RATES}) AS said WHERE said.model = o.id))",  # noqa: S608  as above
        f"({_IS_RATE} AND {_RATE} IN (SELECT said.rate FROM ({_RATES}) AS said))",  # noqa: S608  as above
    ),
}
