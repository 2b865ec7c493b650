"""A resolution is explained step by step, with a code and a sentence for each."""

from __future__ import annotations

from uuid import UUID

import pytest

from armillary.dialects._kit.bodies import queried
from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping.resolutions import FAILURES, SENTENCES, references, resolution_reply
from armillary.dialects.native.schemas.resolutions import ResolveQuery
from armillary.domain.resolver import Candidate, Failure, Level, Named, Reference, Snapshot, Why, resolve
from armillary.services.resolver import Explanation

ONE, TWO = UUID(int=1), UUID(int=2)


def a_named(identity: UUID, **members: bool) -> Named:
    state = {"enabled": True, "routable": True, "provider_active": True, "healthy": True, "chat": True} | members
    candidate = Candidate(id=identity, favourite=False, created=1, **state)
    return Named(candidate=candidate, name="Opus", upstream_name="opus", provider=TWO, provider_name="Anthropic")


def explained(*stated: Reference, default: UUID | None = None, **models: Named) -> Explanation:
    known = {one.candidate.id: one for one in models.values()}
    snapshot = Snapshot(
        models={model: one.candidate for model, one in known.items()},
        default=default,
        default_chosen=default is not None,
        fallbacks=[],
    )
    return Explanation(resolution=resolve(snapshot, stated), models=known)


def test_a_query_names_levels_the_strongest_first() -> None:
    query = queried(f"harness={TWO}&harness={ONE}&session=model_{ONE.hex}", ResolveQuery)
    assert references(query) == [
        Reference(level=Level.MESSAGE, model=None),
        Reference(level=Level.SESSION, model=ONE),
        Reference(level=Level.AGENT, model=None),
        Reference(level=Level.HARNESS, model=TWO),
        Reference(level=Level.HARNESS, model=ONE),
    ]


def test_a_level_that_names_no_id_is_refused() -> None:
    with pytest.raises(Misplaced, match="agent"):
        references(ResolveQuery(agent="opus"))


def test_each_step_tells_why() -> None:
    off = a_named(ONE, enabled=False)
    reply = resolution_reply(
        explained(Reference(level=Level.SESSION, model=ONE), default=TWO, off=off, on=a_named(TWO))
    )
    assert [(step.level, step.outcome, step.code) for step in reply.steps] == [
        ("session", "skipped", "model_disabled"),
        ("workspace_default", "taken", "resolves"),
        ("fallback", "not_reached", "decided_above"),
    ]
    assert reply.steps[0].sentence == "The session names Opus, which is disabled: enable it or name another one."
    assert (reply.model_id, reply.level, reply.failure) == (f"model_{TWO.hex}", "workspace_default", None)


def test_a_model_that_is_gone_keeps_its_id() -> None:
    step = resolution_reply(explained(Reference(level=Level.MESSAGE, model=ONE))).steps[0]
    assert (step.model_id, step.model, step.code) == (f"model_{ONE.hex}", None, "unknown_model")


def test_a_failure_is_told() -> None:
    reply = resolution_reply(explained())
    assert (reply.model_id, reply.failure and reply.failure.code) == (None, "model_unavailable")
    keyless = resolution_reply(explained(default=ONE, only=a_named(ONE, healthy=False)))
    assert (keyless.model_id, keyless.failure and keyless.failure.code) == (
        f"model_{ONE.hex}",
        "provider_misconfigured",
    )


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Why)
    assert set(FAILURES) == set(Failure)
