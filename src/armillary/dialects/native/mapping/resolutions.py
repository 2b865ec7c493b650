"""Resolutions and impacts on the wire: codes for programs, sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.prices import price_reply
from armillary.dialects.native.schemas import resolutions as wire
from armillary.dialects.native.schemas.providers import ProviderModels
from armillary.domain.models import Registered
from armillary.domain.resolver import Failure, Level, Named, Reference, Step, Why
from armillary.services.impact import Impact
from armillary.services.resolver import Explanation

_LEVELS = {
    Level.MESSAGE: "the message",
    Level.SESSION: "the session",
    Level.AGENT: "the agent",
    Level.HARNESS: "the harness",
    Level.DEFAULT: "the workspace's default",
    Level.FALLBACK: "the fallback",
}
#: Why a step went as it did, in words; ``{level}`` and ``{model}`` stand for the step's own.
SENTENCES = {
    Why.RESOLVES: "{level} names {model}, which can be called.",
    Why.NOT_SET: "{level} names no model.",
    Why.UNKNOWN: "{level} names a model that this workspace has not: choose another one.",
    Why.NO_PROVIDER: "{level} names {model}, which no provider serves: give it a provider and an upstream name.",
    Why.DISABLED: "{level} names {model}, which is disabled: enable it or name another one.",
    Why.PROVIDER_DISABLED: "{level} names {model}, whose provider is disabled: enable the provider.",
    Why.DECIDED: "{level} was not asked: a stronger level had decided.",
    Why.DEFAULT_CHOSEN: "{level} holds only where no default was ever chosen, and one was.",
    Why.NO_CANDIDATE: "{level} found no enabled chat model of a healthy provider: enable one.",
}
FAILURES = {
    Failure.UNAVAILABLE: "No level names a model that can be called: choose a default model that is enabled.",
    Failure.MISCONFIGURED: "The model's provider has no credential: set one, or name another model.",
}


def references(query: wire.ResolveQuery) -> list[Reference]:
    """The references of a call, the strongest first. Raises: Misplaced, naming the level."""
    single = ((level, getattr(query, level.value)) for level in (Level.MESSAGE, Level.SESSION, Level.AGENT))
    stated: list[str | None] = [*query.harness] or [None]
    harnesses = ((Level.HARNESS, text) for text in stated)
    return [Reference(level=level, model=_model(level, text)) for level, text in (*single, *harnesses)]


def _model(level: Level, text: str | None) -> UUID | None:
    return None if text is None else ids.read("model", text, level.value)


def resolution_reply(explanation: Explanation) -> wire.Resolution:
    """Which model a call will use, and why."""
    resolution, named = explanation.resolution, explanation.models
    return wire.Resolution(
        model_id=ids.optional("model", resolution.model),
        model=_known(named, resolution.model),
        level=None if resolution.level is None else resolution.level.value,
        failure=None if resolution.failure is None else _failure_reply(resolution.failure),
        steps=[_step_reply(step, named) for step in resolution.steps],
    )


def _failure_reply(failure: Failure) -> wire.Failure:
    return wire.Failure(code=failure.value, sentence=FAILURES[failure])


def _step_reply(step: Step, named: Mapping[UUID, Named]) -> wire.Step:
    model = _known(named, step.model)
    sentence = SENTENCES[step.why].format(level=_LEVELS[step.level], model=model.name if model else "a model")
    return wire.Step(
        level=step.level.value,
        model_id=ids.optional("model", step.model),
        model=model,
        outcome=step.outcome.value,
        code=step.why.value,
        sentence=sentence[:1].upper() + sentence[1:],
    )


def _known(named: Mapping[UUID, Named], model: UUID | None) -> wire.ModelName | None:
    known = None if model is None else named.get(model)
    return None if known is None else named_reply(known)


def named_reply(named: Named) -> wire.ModelName:
    """A model in words."""
    return wire.ModelName(
        id=ids.spelled("model", named.candidate.id),
        name=named.name,
        upstream_name=named.upstream_name or None,
        provider_id=ids.optional("provider", named.provider),
        provider_name=named.provider_name or None,
    )


def impact_reply(impact: Impact) -> wire.Impact:
    """What hangs on a model."""
    model, provider = impact.registered.model, impact.registered.provider
    return wire.Impact(
        model=_registered_reply(impact.registered),
        enabled=model.enabled,
        is_default=impact.is_default,
        next_default=None if impact.next_default is None else named_reply(impact.next_default),
        active_agents=impact.active_agents,
        deletable=impact.deletable,
        deletion_loses=wire.DeletionLosses(
            override_price=price_reply(impact.lost_override), price_periods=impact.lost_periods
        ),
        provider=wire.ServingProvider(
            id=ids.spelled("provider", provider.id),
            name=provider.name,
            managed=provider.managed,
            models=ProviderModels(enabled=impact.provider_models.enabled, disabled=impact.provider_models.disabled),
        ),
        labels=dict(model.labels),
        external_id=model.external_id or None,
        bundle=model.bundle or None,
    )


def _registered_reply(registered: Registered) -> wire.ModelName:
    model, provider = registered.model, registered.provider
    return wire.ModelName(
        id=ids.spelled("model", model.id),
        name=model.name,
        upstream_name=model.upstream_name,
        provider_id=ids.spelled("provider", provider.id),
        provider_name=provider.name,
    )
