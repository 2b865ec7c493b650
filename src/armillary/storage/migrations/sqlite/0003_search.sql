-- What models are ordered by and found by, beside their wide rows: narrow ones, and an index of trigrams in which name,
-- description and the rest can be asked for one by one. All is derived: triggers keep it, whoever writes.

-- described: the description, lower-cased. What there is of it already, the program fills in right after this.
ALTER TABLE models ADD COLUMN described TEXT NOT NULL DEFAULT '';

-- number: of the workspace, the upper half of seq. What is found is sorted by these rows, so they hold nothing else.
CREATE TABLE models_search_names (
    seq    INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    name   TEXT NOT NULL,
    id     TEXT NOT NULL
);
INSERT INTO models_search_names (seq, number, name, id) SELECT seq, seq >> 32, name, id FROM models;
CREATE INDEX models_search_names__number__name ON models_search_names (number, name, id);
-- folded: the name, lower-cased.
CREATE TABLE models_search_texts (
    seq       INTEGER PRIMARY KEY,
    folded    TEXT NOT NULL,
    described TEXT NOT NULL
);
INSERT INTO models_search_texts (seq, folded, described)
    SELECT seq, substr(search, 1, instr(search, char(30)) - 1), described FROM models;

DROP TRIGGER models_search__insert;
DROP TRIGGER models_search__delete;
DROP TRIGGER models_search__update;
DROP TABLE models_search_stale;
DROP TABLE models_search;

-- What a search looks through; the parts of models.search after the name are one column.
CREATE VIEW models_searched AS
    SELECT t.seq, t.folded AS name, substr(m.search, instr(m.search, char(30))) AS keys, t.described AS description
    FROM models_search_texts t JOIN models m ON m.seq = t.seq;
-- All texts are lower-cased already, by more rules than the tokenizer has.
CREATE VIRTUAL TABLE models_search USING fts5 (
    name, keys, description, content='models_searched', content_rowid='seq', tokenize='trigram case_sensitive 1',
    detail='full'
);

-- Which rows the index does not know yet as they are, and what it knows of them (name is NULL: nothing): filled by each
-- write, and settled with the index once a batch of writes, right before its COMMIT (storage/search.py).
CREATE TABLE models_search_stale (
    seq         INTEGER PRIMARY KEY,
    name        TEXT,
    keys        TEXT,
    description TEXT
);
INSERT INTO models_search_stale (seq) SELECT seq FROM models;
CREATE TRIGGER models_search__insert AFTER INSERT ON models BEGIN
    INSERT INTO models_search_names (seq, number, name, id) VALUES (new.seq, new.seq >> 32, new.name, new.id);
    INSERT INTO models_search_texts (seq, folded, described)
        VALUES (new.seq, substr(new.search, 1, instr(new.search, char(30)) - 1), new.described);
    INSERT OR IGNORE INTO models_search_stale (seq) VALUES (new.seq);
END;
CREATE TRIGGER models_search__delete AFTER DELETE ON models BEGIN
    INSERT OR IGNORE INTO models_search_stale (seq, name, keys, description)
        SELECT seq, folded, substr(old.search, instr(old.search, char(30))), described
        FROM models_search_texts WHERE seq = old.seq;
    DELETE FROM models_search_texts WHERE seq = old.seq;
    DELETE FROM models_search_names WHERE seq = old.seq;
END;
CREATE TRIGGER models_search__rename AFTER UPDATE OF name ON models WHEN old.name <> new.name BEGIN
    UPDATE models_search_names SET name = new.name WHERE seq = old.seq;
END;
CREATE TRIGGER models_search__update AFTER UPDATE OF search, described ON models
WHEN old.search <> new.search OR old.described <> new.described BEGIN
    INSERT OR IGNORE INTO models_search_stale (seq, name, keys, description)
        SELECT seq, folded, substr(old.search, instr(old.search, char(30))), described
        FROM models_search_texts WHERE seq = old.seq;
    UPDATE models_search_texts
        SET folded = substr(new.search, 1, instr(new.search, char(30)) - 1), described = new.described
        WHERE seq = old.seq;
END;

-- What is linked besides the first of its slot: the provider in a model's own row has a link for each of its models.
CREATE INDEX model_links__further ON model_links (workspace, slot, target, owner) WHERE place > 0;
