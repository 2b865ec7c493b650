"""Who may enter: from the token of a request to the principal on whose behalf services act.

What a token opens is kept in memory, bounded, and always right: an entry remembers the account revision that it was
read at, announcements tell of the account's later ones, and a changed epoch of commits that nobody announced. So a
request costs a digest and two look-ups, and a key that was disabled, rotated or deleted opens nothing any more, nor
does a signed token (``services.tokens``) whose profile is no member any more, or whose time is over.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from armillary.domain.access import Idempotency, Principal, entered
from armillary.domain.accounts import DEFAULT_WORKSPACE, NOWHERE, ApiKey, Workspace, WorkspaceStatus
from armillary.domain.errors import NotFound, PermissionDenied, Unauthenticated
from armillary.domain.tokens import Membership
from armillary.services import tokens
from armillary.storage import accounts, api_keys, workspaces
from armillary.storage.database import Database, Reading
from armillary.storage.digests import digest, mint_token
from armillary.storage.secrets import Keyring

#: How many tokens are remembered at once.
CAPACITY = 4096
#: No token of anybody's is longer; what is longer is not even digested.
_LONGEST_TOKEN = 4096
#: Stands for the revision of an account that is not there: no grant was read at it.
_GONE = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace, as far as entering it needs."""

    id: UUID
    external_id: str
    status: WorkspaceStatus
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All of an account's workspaces, oldest first, as they were at one of its revisions."""

    revision: int
    by_id: Mapping[UUID, Place]
    by_external_id: Mapping[str, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one API key or token opens: a key is its own holder, a token's is its profile's membership.

    ``until`` is when the token expires, in seconds since 1970; None for a key.
    """

    holder: ApiKey | Membership
    scopes: frozenset[str]
    places: Places = field(repr=False)
    until: float | None = None

    @property
    def key(self) -> ApiKey | None:
        """The API key; None for a token."""
        return self.holder if isinstance(self.holder, ApiKey) else None

    @property
    def account(self) -> UUID:
        """The holder's account."""
        return self.holder.account

    @property
    def workspaces(self) -> Mapping[UUID, Place]:
        """All of the account's workspaces, oldest first: archived ones, and those that this key does not reach."""
        return self.places.by_id

    def reachable(self) -> tuple[UUID, ...]:
        """The workspaces that the key may enter, oldest first."""
        return tuple(place.id for place in self.places.by_id.values() if self._opens(place))

    def find(self, reference: str | UUID) -> UUID:
        """The account's workspace of this id or external id. Raises: NotFound."""
        found = self.places.by_external_id.get(reference) if isinstance(reference, str) else reference
        if found is None or found not in self.places.by_id:
            raise NotFound("workspace", reference)
        return found

    def only(self) -> UUID | None:
        """The one workspace that the key may enter; None where there are none or several."""
        reachable = self.reachable()
        return reachable[0] if len(reachable) == 1 else None

    def default(self) -> UUID | None:
        """The workspace that the key enters where a request names none; None where it reaches none."""
        first = self.places.by_id.get(DEFAULT_WORKSPACE)
        if first is not None and self._opens(first):
            return first.id
        return next((place.id for place in self.places.by_id.values() if self._opens(place)), None)

    def enter(
        self,
        workspace: UUID | None,
        *,
        dialect: str,
        reason: str | None = None,
        request_id: str = "",
        idempotency: Idempotency | None = None,
    ) -> Principal:
        """The principal that the key is in the workspace; None stands for no workspace, where nothing is.

        Raises: NotFound, also for another account's workspace; PermissionDenied, where the key does not reach it or
            it is archived (contracts/cadenya.md, 1.7).
        """
        if workspace is not None:
            self._require_open(workspace)
        return Principal(
            account=self.holder.account,
            workspace=NOWHERE if workspace is None else workspace,
            profile=self.holder.profile,
            role=self.holder.role,
            scopes=self.scopes,
            key=None if self.key is None else self.key.id,
            dialect=dialect,
            reason=reason,
            request_id=request_id,
            idempotency=idempotency,
        )

    def _opens(self, place: Place) -> bool:
        return place.status is WorkspaceStatus.ENABLED and self.holder.reaches(place.id)

    def _require_open(self, workspace: UUID) -> None:
        place = self.places.by_id.get(workspace)
        if place is None:
            raise NotFound("workspace", workspace)
        if not self.holder.reaches(workspace):
            what = "token" if self.key is None else "API key"
            raise PermissionDenied("", f"this {what} is not assigned to the workspace")
        if place.status is not WorkspaceStatus.ENABLED:
            raise PermissionDenied("", "the workspace is archived")


@dataclass(slots=True)
class _Known:
    """What is known of an account: its latest revision, at which epoch that was so, and its workspaces."""

    revision: int = -1
    epoch: int | None = None
    places: Places | None = None


class Gate:
    """The one way in; one per process and database.

    ``used`` holds when each key was last used (microseconds since 1970) until ``flush`` writes it.
    """

    def __init__(
        self,
        db: Database,
        pepper: bytes,
        keyring: Keyring,
        *,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.used: dict[UUID, int] = {}
        self._db = db
        self._pepper = pepper
        self._keyring = keyring
        self._capacity = capacity
        self._clock = clock
        self._grants: OrderedDict[str, Grant] = OrderedDict()
        self._known: dict[UUID, _Known] = {}
        self._losses = 0
        db.listen(self._hear)

    async def admit(self, token: str) -> Grant:
        """What the token opens: an API key's, or a signed one.

        Raises: Unauthenticated, alike for an API key that is unknown, disabled, rotated or revoked.
        """
        if not token or len(token) > _LONGEST_TOKEN:
            raise Unauthenticated
        fingerprint = digest(token, self._pepper)
        grant = self._grants.get(fingerprint)
        if grant is None or self._has_ended(grant) or not await self._is_current(grant):
            grant = await self._read(token, fingerprint)
        else:
            self._grants.move_to_end(fingerprint)
        if grant.key is not None:
            self.touch(grant.key.id)
        return grant

    def touch(self, key: UUID) -> None:
        """Remember that the key was used now."""
        self.used[key] = time.time_ns() // 1000

    def mint(self) -> tuple[str, str]:
        """A new token, and the digest that is kept of it."""
        token = mint_token()
        return token, digest(token, self._pepper)

    async def flush(self) -> None:
        """Write when keys were used since the last time; what cannot be written is kept for the next time."""
        uses, self.used = self.used, {}
        if not uses:
            return
        try:
            async with self._db.writing() as tx:
                await api_keys.save_uses(tx, uses)
        except BaseException:
            self.used = uses | self.used
            raise

    def _has_ended(self, grant: Grant) -> bool:
        return grant.until is not None and grant.until <= self._clock()

    async def _is_current(self, grant: Grant) -> bool:
        known = self._known.get(grant.account)
        if known is None:
            return False
        epoch = self._db.epoch()
        if known.epoch != epoch:
            await self._ask(grant.account, known, epoch)
        return grant.places.revision == known.revision

    async def _ask(self, account: UUID, known: _Known, epoch: int) -> None:
        async with self._db.reading() as tx:
            revision = await accounts.revision(tx, account)
        # the epoch was taken before the statement ran: a commit in between changes it once more
        known.epoch = epoch
        known.revision = _GONE if revision is None else max(known.revision, revision)

    async def _read(self, token: str, fingerprint: str) -> Grant:
        epoch, losses = self._db.epoch(), self._losses
        self._grants.pop(fingerprint, None)
        async with self._db.reading() as tx:
            holder, revision, until = await self._holder(tx, token, fingerprint)
            places = self._remembered(holder.account, revision) or _places(
                await workspaces.of_account(tx, holder.account), revision
            )
        scopes = holder.opens() if isinstance(holder, Membership) else entered(holder.role, holder.scopes)
        grant = Grant(holder=holder, scopes=scopes, places=places, until=until)
        if losses == self._losses:
            self._keep(fingerprint, grant, epoch)
        return grant

    async def _holder(self, tx: Reading, token: str, fingerprint: str) -> tuple[ApiKey | Membership, int, float | None]:
        """Whose token it is, at which revision of the account, and until when."""
        found = await api_keys.by_digest(tx, fingerprint)
        if found is not None:
            return *found, None
        signed = await tokens.holder(tx, self._keyring, token)
        if signed is None:
            raise Unauthenticated
        return signed

    def _remembered(self, account: UUID, revision: int) -> Places | None:
        known = self._known.get(account)
        return known.places if known and known.places and known.places.revision == revision else None

    def _keep(self, fingerprint: str, grant: Grant, epoch: int) -> None:
        known = self._known.setdefault(grant.account, _Known())
        if grant.places.revision < known.revision:
            return  # a later revision was announced while this one was read
        known.revision, known.epoch, known.places = grant.places.revision, epoch, grant.places
        self._grants[fingerprint] = grant
        while len(self._grants) > self._capacity:
            self._grants.popitem(last=False)

    def _hear(self, topic: str | None) -> None:
        if topic is None:
            self._losses += 1
            self._grants.clear()
            self._known.clear()
            return
        kind, _, rest = topic.partition(":")
        if kind == "account":
            account, _, revision = rest.partition(":")
            known = self._known.setdefault(UUID(account), _Known())
            known.revision = max(known.revision, int(revision))


def _places(found: list[Workspace], revision: int) -> Places:
    return Places(
        revision=revision,
        by_id={
            each.id: Place(id=each.id, external_id=each.external_id, status=each.status, name=each.name)
            for each in found
        },
        by_external_id={each.external_id: each.id for each in found if each.external_id},
    )
