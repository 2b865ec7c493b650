-- The registry: accounts, workspaces, access, providers, models, prices, changes.
-- Ids are 32 hex digits, instants integer microseconds UTC, money decimal text, documents JSON text, flags 0 or 1.
-- A unique index is named table__column__column, so that its violation can be told.

CREATE TABLE accounts (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    description     TEXT NOT NULL DEFAULT '',
    domain          TEXT NOT NULL DEFAULT '',
    billing_email   TEXT NOT NULL DEFAULT '',
    webhook_secret  TEXT NOT NULL,              -- sealed
    challenge_token TEXT NOT NULL,              -- sealed
    created_by      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL DEFAULT 0   -- counts writes to keys, profiles, members and workspaces
);

-- number: the ordinal of the workspace in this installation; it is the upper half of each of its models' seq.
-- revision: the catalogue revision. models_made: the counter behind the lower half of seq.
CREATE TABLE workspaces (
    id             TEXT PRIMARY KEY,
    number         BIGINT NOT NULL UNIQUE,
    account        TEXT NOT NULL REFERENCES accounts (id),
    name           TEXT NOT NULL,
    description    TEXT NOT NULL DEFAULT '',
    status         TEXT NOT NULL DEFAULT 'enabled',
    labels         TEXT NOT NULL DEFAULT '{}',
    external_id    TEXT,
    default_model  TEXT,
    default_chosen INTEGER NOT NULL DEFAULT 0,
    created_by     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    revision       BIGINT NOT NULL DEFAULT 0,
    models_made    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX workspaces__account__external_id ON workspaces (account, external_id);

CREATE TABLE profiles (
    id          TEXT PRIMARY KEY,
    account     TEXT NOT NULL REFERENCES accounts (id),
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL DEFAULT '',
    external_id TEXT,
    labels      TEXT NOT NULL DEFAULT '{}',
    created_at  BIGINT NOT NULL
);
CREATE INDEX profiles__account ON profiles (account, id);

CREATE TABLE members (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    profile   TEXT NOT NULL REFERENCES profiles (id),
    role      TEXT NOT NULL,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (workspace, profile)
);

-- digest: the keyed BLAKE2b of the token; the token itself is nowhere.
CREATE TABLE api_keys (
    id             TEXT PRIMARY KEY,
    account        TEXT NOT NULL REFERENCES accounts (id),
    profile        TEXT NOT NULL REFERENCES profiles (id),
    name           TEXT NOT NULL,
    description    TEXT NOT NULL DEFAULT '',
    digest         TEXT NOT NULL UNIQUE,
    scopes         TEXT NOT NULL,
    role           TEXT NOT NULL,
    all_workspaces INTEGER NOT NULL,
    is_default     INTEGER NOT NULL DEFAULT 0,
    enabled        INTEGER NOT NULL DEFAULT 1,
    labels         TEXT NOT NULL DEFAULT '{}',
    external_id    TEXT,
    created_by     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    last_used_at   BIGINT
);
CREATE UNIQUE INDEX api_keys__account__external_id ON api_keys (account, external_id);

CREATE TABLE api_key_workspaces (
    api_key   TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    PRIMARY KEY (api_key, workspace)
);
CREATE INDEX api_key_workspaces__workspace ON api_key_workspaces (workspace, api_key);

-- sealed: the credential's envelope; credential: its form and the names of its members, as JSON.
CREATE TABLE providers (
    id              TEXT PRIMARY KEY,
    workspace       TEXT NOT NULL REFERENCES workspaces (id),
    name            TEXT NOT NULL,
    driver          TEXT NOT NULL,
    base_url        TEXT NOT NULL DEFAULT '',
    status          TEXT NOT NULL DEFAULT 'active',
    managed         INTEGER NOT NULL DEFAULT 0,
    management      TEXT NOT NULL,
    credential      TEXT,
    sealed          TEXT,
    config          TEXT NOT NULL DEFAULT '{}',
    request_options TEXT NOT NULL DEFAULT '{}',
    trace           TEXT,
    labels          TEXT NOT NULL DEFAULT '{}',
    external_id     TEXT,
    bundle          TEXT NOT NULL DEFAULT '',
    created_by      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    last_synced_at  BIGINT,
    revision        BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX providers__workspace ON providers (workspace, id);
CREATE UNIQUE INDEX providers__workspace__external_id ON providers (workspace, external_id);

-- seq = workspace number * 2^32 + the workspace's n-th model: it clusters a workspace's models in the order of their
-- creation, so that pages, filters and the substring index all walk one range.
-- search: what a substring search looks through, lower-cased; the index over it is derived.
CREATE TABLE models (
    seq               INTEGER PRIMARY KEY,
    id                TEXT NOT NULL UNIQUE,
    workspace         TEXT NOT NULL REFERENCES workspaces (id),
    provider          TEXT REFERENCES providers (id) ON DELETE CASCADE,
    upstream_name     TEXT,
    name              TEXT NOT NULL,
    description       TEXT NOT NULL DEFAULT '',
    vendor            TEXT NOT NULL DEFAULT '',
    family            TEXT NOT NULL DEFAULT '',
    enabled           INTEGER NOT NULL,
    favourite         INTEGER NOT NULL DEFAULT 0,
    source            TEXT NOT NULL,
    tags              TEXT NOT NULL DEFAULT '[]',
    details           TEXT NOT NULL DEFAULT '{}',
    input_modalities  TEXT NOT NULL DEFAULT '[]',
    output_modalities TEXT NOT NULL DEFAULT '[]',
    context_tokens    BIGINT,
    input_tokens      BIGINT,
    output_tokens     BIGINT,
    facts             TEXT NOT NULL DEFAULT '{}',
    labels            TEXT NOT NULL DEFAULT '{}',
    external_id       TEXT,
    bundle            TEXT NOT NULL DEFAULT '',
    edited            TEXT NOT NULL DEFAULT '[]',
    search            TEXT NOT NULL DEFAULT '',
    created_by        TEXT NOT NULL,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    last_seen_at      BIGINT,
    revision          BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX models__provider__upstream_name ON models (provider, upstream_name);
CREATE UNIQUE INDEX models__provider__external_id ON models (provider, external_id);
CREATE INDEX models__workspace__external_id ON models (workspace, external_id);
CREATE INDEX models__workspace__enabled ON models (workspace, enabled, seq);
CREATE INDEX models__provider__seq ON models (provider, seq);
CREATE VIRTUAL TABLE models_search USING fts5 (
    search, content='models', content_rowid='seq', tokenize='trigram', detail='full'
);
-- Which rows the index does not know yet as they are, and what it knows of them (NULL: nothing): filled by each write,
-- and settled with the index once a batch of writes, right before its COMMIT (storage/search.py).
CREATE TABLE models_search_stale (
    seq    INTEGER PRIMARY KEY,
    search TEXT
);
CREATE TRIGGER models_search__insert AFTER INSERT ON models BEGIN
    INSERT OR IGNORE INTO models_search_stale (seq, search) VALUES (new.seq, NULL);
END;
CREATE TRIGGER models_search__delete AFTER DELETE ON models BEGIN
    INSERT OR IGNORE INTO models_search_stale (seq, search) VALUES (old.seq, old.search);
END;
CREATE TRIGGER models_search__update AFTER UPDATE OF search ON models WHEN old.search <> new.search BEGIN
    INSERT OR IGNORE INTO models_search_stale (seq, search) VALUES (old.seq, old.search);
END;

-- A price is never overwritten: a change closes one period (ends_at) and opens the next.
-- Amounts are USD per million tokens as decimal text; NULL is "rate unknown" or "not overridden".
CREATE TABLE prices (
    id           TEXT PRIMARY KEY,
    model        TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    input        TEXT,
    output       TEXT,
    cached_input TEXT,
    tiers        TEXT NOT NULL DEFAULT '[]',
    starts_at    BIGINT NOT NULL,
    ends_at      BIGINT,
    created_by   TEXT NOT NULL
);
CREATE INDEX prices__model ON prices (model, kind, starts_at);
CREATE UNIQUE INDEX prices__model__kind ON prices (model, kind) WHERE ends_at IS NULL;

-- The trail of every write. It outlives what it tells of, so nothing references it.
CREATE TABLE changes (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL,
    workspace  TEXT,
    kind       TEXT NOT NULL,
    entity     TEXT NOT NULL,
    action     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    dialect    TEXT NOT NULL,
    reason     TEXT,
    request_id TEXT NOT NULL DEFAULT '',
    before     TEXT,
    after      TEXT,
    at         BIGINT NOT NULL
);
CREATE INDEX changes__workspace ON changes (workspace, id);
CREATE INDEX changes__account ON changes (account, id) WHERE workspace IS NULL;
CREATE INDEX changes__entity ON changes (entity, id);
CREATE INDEX changes__actor ON changes (actor, id);

-- What makes a creating POST safe to repeat: claimed in the transaction that creates, answered once the reply is known.
CREATE TABLE idempotency (
    profile TEXT NOT NULL,
    key     TEXT NOT NULL,
    digest  TEXT NOT NULL,
    status  INTEGER,
    headers TEXT,
    body    BLOB,
    at      BIGINT NOT NULL,
    PRIMARY KEY (profile, key)
);
CREATE INDEX idempotency__at ON idempotency (at);

-- What this installation knows of itself: the sealed pepper of key digests, the catalogue's version.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
