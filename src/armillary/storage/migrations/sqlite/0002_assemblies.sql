-- What models and their like are assembled from (contracts/artifacts.md): resource rows and the links to them,
-- departments, agents, drafts, uploads; and what was deleted, whole, so that it can be brought back.

-- A resource is a small immutable value that many may link. workspace: NULL for those that every workspace is born with.
-- content: its members as JSON; key: a digest of kind and content; canonical: 1 for the one row of that key which
-- stands for what the registry says. sort: the beginning of what it is sorted by; text: what it is told by, search: the
-- same, lower-cased.
CREATE TABLE resources (
    id         TEXT PRIMARY KEY,
    workspace  TEXT REFERENCES workspaces (id),
    kind       TEXT NOT NULL,
    content    TEXT NOT NULL,
    key        TEXT NOT NULL,
    canonical  INTEGER NOT NULL DEFAULT 0,
    text       TEXT NOT NULL,
    sort       TEXT NOT NULL,
    search     TEXT NOT NULL,
    active     INTEGER NOT NULL DEFAULT 1,
    mcp        INTEGER NOT NULL DEFAULT 0,
    generated  INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX resources__workspace__kind__key ON resources (workspace, kind, key) WHERE canonical = 1;
CREATE INDEX resources__kind ON resources (kind, workspace, sort, id);
-- Few values are a provider's, among those of all models.
CREATE INDEX resources__of_providers ON resources (kind, workspace, sort, id)
    WHERE instr(content, '"type":"provider"') > 0;

-- A department is a group of a workspace's profiles; who is in it stands in profile_links.
CREATE TABLE departments (
    id          TEXT PRIMARY KEY,
    workspace   TEXT NOT NULL REFERENCES workspaces (id),
    name        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    active      INTEGER NOT NULL DEFAULT 1,
    mcp         INTEGER NOT NULL DEFAULT 0,
    created_by  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    revision    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX departments__workspace ON departments (workspace, id);

-- model: the one that the agent uses first; further ones stand in agent_links. search: name and description, lower-cased.
CREATE TABLE agents (
    id          TEXT PRIMARY KEY,
    workspace   TEXT NOT NULL REFERENCES workspaces (id),
    name        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    model       TEXT REFERENCES models (id) ON DELETE SET NULL,
    active      INTEGER NOT NULL DEFAULT 1,
    mcp         INTEGER NOT NULL DEFAULT 0,
    created_by  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    revision    BIGINT NOT NULL DEFAULT 0,
    search      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX agents__workspace ON agents (workspace, id);
CREATE INDEX agents__model ON agents (model);
CREATE INDEX agents__workspace__model ON agents (workspace, model);

-- Links hold what the owner's own columns cannot say: what only the Artifacts dialect knows of it, and which of several
-- equal rows was chosen. slot: the kind of link; place: its order within the slot; target: a resource, a department…
CREATE TABLE model_links (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    owner     TEXT NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    slot      TEXT NOT NULL,
    place     INTEGER NOT NULL,
    target    TEXT NOT NULL,
    PRIMARY KEY (owner, slot, place)
);
CREATE INDEX model_links__target ON model_links (workspace, slot, target, owner);
CREATE TABLE provider_links (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    owner     TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    slot      TEXT NOT NULL,
    place     INTEGER NOT NULL,
    target    TEXT NOT NULL,
    PRIMARY KEY (owner, slot, place)
);
CREATE INDEX provider_links__target ON provider_links (workspace, slot, target, owner);
CREATE TABLE department_links (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    owner     TEXT NOT NULL REFERENCES departments (id) ON DELETE CASCADE,
    slot      TEXT NOT NULL,
    place     INTEGER NOT NULL,
    target    TEXT NOT NULL,
    PRIMARY KEY (owner, slot, place)
);
CREATE INDEX department_links__target ON department_links (workspace, slot, target, owner);
CREATE TABLE agent_links (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    owner     TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    slot      TEXT NOT NULL,
    place     INTEGER NOT NULL,
    target    TEXT NOT NULL,
    PRIMARY KEY (owner, slot, place)
);
CREATE INDEX agent_links__target ON agent_links (workspace, slot, target, owner);
-- A profile is linked within a workspace: it may be a member of several.
CREATE TABLE profile_links (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    owner     TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    slot      TEXT NOT NULL,
    place     INTEGER NOT NULL,
    target    TEXT NOT NULL,
    PRIMARY KEY (workspace, owner, slot, place)
);
CREATE INDEX profile_links__target ON profile_links (workspace, slot, target, owner);

-- An unpublished, versioned bundle of links. kind: of what it may become; content: slot -> ids, as JSON.
CREATE TABLE drafts (
    id         TEXT PRIMARY KEY,
    workspace  TEXT NOT NULL REFERENCES workspaces (id),
    kind       TEXT NOT NULL,
    profile    TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    group_id   TEXT NOT NULL,
    session    TEXT NOT NULL,
    version    BIGINT NOT NULL,
    content    TEXT NOT NULL,
    mcp        INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX drafts__profile ON drafts (workspace, profile, kind, created_at);

-- complete: 0 while its chunks are being written. Each chunk but the last has the same size.
CREATE TABLE uploads (
    id         TEXT PRIMARY KEY,
    workspace  TEXT NOT NULL REFERENCES workspaces (id),
    profile    TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    session    TEXT NOT NULL,
    name       TEXT NOT NULL,
    mime_type  TEXT NOT NULL,
    size_bytes BIGINT NOT NULL DEFAULT 0,
    complete   INTEGER NOT NULL DEFAULT 0,
    mcp        INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX uploads__expires_at ON uploads (expires_at);
CREATE TABLE upload_chunks (
    upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (upload, number)
);

-- What was deleted, as it was: its rows, prices and links as JSON. Its id stays taken.
CREATE TABLE archive (
    id         TEXT PRIMARY KEY,
    workspace  TEXT NOT NULL REFERENCES workspaces (id),
    kind       TEXT NOT NULL,
    document   TEXT NOT NULL,
    deleted_at BIGINT NOT NULL
);

-- twin: 1 for a model of a provider that already had another of the same upstream name when this one came to be.
ALTER TABLE models ADD COLUMN twin INTEGER NOT NULL DEFAULT 0;
-- mcp: whether a tool-protocol client wrote it.
ALTER TABLE models ADD COLUMN mcp INTEGER NOT NULL DEFAULT 0;
ALTER TABLE providers ADD COLUMN mcp INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
DROP INDEX models__provider__upstream_name;
CREATE UNIQUE INDEX models__provider__upstream_name ON models (provider, upstream_name) WHERE twin = 0;
CREATE INDEX models__twin ON models (provider, upstream_name) WHERE twin = 1;
-- What says a resource is found by what it says; of a description only the beginning fits into an index.
CREATE INDEX models__workspace__name ON models (workspace, name);
CREATE INDEX models__description ON models (workspace, substr(description, 1, 255));
