-- What models are ordered by and found by, beside their wide rows: narrow ones, and an index of trigrams over names and
-- descriptions, out of arrays and GIN, since pg_trgm need not be there. All is derived: triggers keep it, whoever writes,
-- and a change that leaves the texts alone touches none of it.

-- described: the description, lower-cased. What there is of it already, the program fills in right after this.
ALTER TABLE models ADD COLUMN described TEXT NOT NULL DEFAULT '';

-- Every three characters in a row as a number, of the workspace as well: so that the index never looks at another's
-- models. Two that share a number cost a look at a text, and nothing else.
CREATE FUNCTION trigrams(workspace BIGINT, value TEXT) RETURNS INTEGER[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT (
        (first * 961748941 + second * 982451653 + third * 472882027 + workspace * 179424673) % 2147483647
    )::INTEGER), '{}')
    FROM (
        SELECT code AS first, lead(code) OVER places AS second, lead(code, 2) OVER places AS third
        FROM (
            SELECT ascii(letter)::BIGINT AS code, place
            FROM unnest(string_to_array(value, NULL)) WITH ORDINALITY AS letters (letter, place)
        ) AS codes
        WINDOW places AS (ORDER BY place)
    ) AS triples
    WHERE third IS NOT NULL
$$;

-- number: of the workspace, the upper half of seq. What is found is sorted by these rows, so they hold nothing else.
CREATE TABLE models_search_names (
    seq    BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL
);
INSERT INTO models_search_names (seq, number, name, id) SELECT seq, seq >> 32, name, id FROM models;
CREATE INDEX models_search_names__number__name ON models_search_names (number, name, id);
-- folded: the name, lower-cased.
CREATE TABLE models_search_texts (
    seq       BIGINT PRIMARY KEY,
    folded    TEXT NOT NULL,
    described TEXT NOT NULL,
    grams     INTEGER[] GENERATED ALWAYS AS (trigrams(seq >> 32, folded || chr(31) || described)) STORED
);
INSERT INTO models_search_texts (seq, folded, described)
    SELECT seq, split_part(search, chr(30), 1), described FROM models;
CREATE INDEX models_search_texts__grams ON models_search_texts
    USING gin (grams) WITH (fastupdate = on, gin_pending_list_limit = 256);

CREATE FUNCTION keep_models_search() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO models_search_names (seq, number, name, id) VALUES (new.seq, new.seq >> 32, new.name, new.id);
        INSERT INTO models_search_texts (seq, folded, described)
            VALUES (new.seq, split_part(new.search, chr(30), 1), new.described);
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM models_search_texts WHERE seq = old.seq;
        DELETE FROM models_search_names WHERE seq = old.seq;
    ELSE
        IF old.name <> new.name THEN
            UPDATE models_search_names SET name = new.name WHERE seq = old.seq;
        END IF;
        UPDATE models_search_texts SET folded = split_part(new.search, chr(30), 1), described = new.described
            WHERE seq = old.seq;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER models_search__insert AFTER INSERT ON models FOR EACH ROW EXECUTE FUNCTION keep_models_search();
CREATE TRIGGER models_search__delete AFTER DELETE ON models FOR EACH ROW EXECUTE FUNCTION keep_models_search();
CREATE TRIGGER models_search__update AFTER UPDATE OF name, described ON models FOR EACH ROW
WHEN (old.name <> new.name OR old.described <> new.described) EXECUTE FUNCTION keep_models_search();

-- What is linked besides the first of its slot: the provider in a model's own row has a link for each of its models.
CREATE INDEX model_links__further ON model_links (workspace, slot, target, owner) WHERE place > 0;
