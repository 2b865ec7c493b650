"""Builders: whole objects for tests, each told only what the test is about."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from armillary.domain.access import Principal, Role, entered
from armillary.domain.accounts import Account, Profile, ProfileKind, Workspace
from armillary.domain.agents import Agent
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.ids import uuid7
from armillary.domain.models import Model, NewModel, Registered
from armillary.domain.providers import NewProvider, Provider
from armillary.storage import accounts, agents, links, models, profiles, providers, revisions, workspaces
from armillary.storage.database import Database

#: The instant at which a test happens, unless it says otherwise.
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def an_id(at: datetime = NOON) -> UUID:
    return uuid7(at, secrets.token_bytes(8))


def a_model(**members: Any) -> Model:
    """A manual, disabled model that nobody serves; ``members`` say what is different."""
    identity = an_id()
    given: dict[str, Any] = {
        "id": identity,
        "seq": 2**32 + 1,
        "workspace": UUID(int=1),
        "provider": UUID(int=2),
        "upstream_name": f"upstream-{identity.hex[-8:]}",
        "name": "A model",
        "created_by": UUID(int=3),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Model(**{**given, **members})


def a_provider(**members: Any) -> Provider:
    """An active provider of our own, without a key; ``members`` say what is different."""
    given: dict[str, Any] = {
        "id": an_id(),
        "workspace": UUID(int=1),
        "name": "A provider",
        "driver": "openai",
        "created_by": UUID(int=3),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Provider(**{**given, **members})


def a_new_model(**members: Any) -> NewModel:
    """What a caller says of a model to be."""
    given: dict[str, Any] = {"upstream_name": f"upstream-{secrets.token_hex(4)}", "name": "A model"}
    return NewModel(**{**given, **members})


def a_new_provider(**members: Any) -> NewProvider:
    """What a caller says of a provider to be."""
    given: dict[str, Any] = {"name": "A provider", "driver": "openai"}
    return NewProvider(**{**given, **members})


def a_principal(workspace: Workspace, *, role: Role = Role.OWNER, scopes: tuple[str, ...] = ("*",)) -> Principal:
    """Somebody in a workspace, with all that the role allows."""
    return Principal(
        account=workspace.account,
        workspace=workspace.id,
        profile=workspace.created_by,
        role=role,
        scopes=entered(role, scopes),
        dialect="test",
    )


async def a_workspace(db: Database, **members: Any) -> Workspace:
    """An empty workspace of an account of its own, kept."""
    account, profile = an_id(), an_id()
    async with db.writing() as tx:
        given: dict[str, Any] = {
            "id": an_id(),
            "number": await workspaces.next_number(tx),
            "account": account,
            "name": "A workspace",
            "created_by": profile,
            "created_at": NOON,
            "updated_at": NOON,
        }
        workspace = Workspace(**{**given, **members})
        await accounts.insert(tx, Account(id=account, name="An account", created_by=profile, created_at=NOON))
        await profiles.insert(
            tx, Profile(id=profile, account=account, kind=ProfileKind.SYSTEM, name="A profile", created_at=NOON)
        )
        await workspaces.insert(tx, workspace)
    return workspace


async def a_kept_provider(db: Database, workspace: Workspace, **members: Any) -> Provider:
    """A provider in the workspace, kept as it is: no rule asks whether it may."""
    provider = a_provider(**{"workspace": workspace.id, "created_by": workspace.created_by, **members})
    async with db.writing() as tx:
        revision = await revisions.raised(tx, workspace.id)
        provider = replace(provider, revision=revision)
        await providers.insert(tx, provider)
    return provider


async def a_kept_model(db: Database, provider: Provider, **members: Any) -> Registered:
    """A model of the provider, kept as it is: no rule asks whether it may."""
    return (await some_kept_models(db, provider, [members]))[0]


async def some_kept_models(db: Database, provider: Provider, each: list[dict[str, Any]]) -> list[Registered]:
    """Models of the provider, as the members of each say, kept as they are, in this order."""
    async with db.writing() as tx:
        revision = await revisions.raised(tx, provider.workspace)
        seqs = await models.next_seqs(tx, provider.workspace, len(each))
        made = [
            a_model(
                **{
                    "seq": seq,
                    "workspace": provider.workspace,
                    "provider": provider.id,
                    "created_by": provider.created_by,
                    "revision": revision,
                    "upstream_name": f"upstream-{uuid4().hex[:12]}",
                    **members,
                }
            )
            for seq, members in zip(seqs, each, strict=True)
        ]
        await models.insert_many(tx, made, by=provider.created_by)
    return [Registered(model=model, provider=provider) for model in made]


def an_agent(workspace: Workspace, **members: Any) -> Agent:
    """An active agent that uses nothing; ``members`` say what is different."""
    given: dict[str, Any] = {
        "id": an_id(),
        "workspace": workspace.id,
        "name": "An agent",
        "created_by": workspace.created_by,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Agent(**{**given, **members})


async def a_kept_agent(
    db: Database, workspace: Workspace, linked: dict[Slot, tuple[UUID, ...]] | None = None, **members: Any
) -> Agent:
    """An agent in the workspace with what it links, kept as it is: no rule asks whether it may."""
    agent = an_agent(workspace, **members)
    async with db.writing() as tx:
        revision = await revisions.raised(tx, workspace.id)
        agent = replace(agent, revision=revision)
        await agents.insert_many(tx, [agent])
        await links.insert(tx, Kind.AGENT, workspace.id, [(agent.id, linked or {})])
    return agent
