-- migrate:up

-- The log's own name, which no other log has: drawn here, it comes back with every backup. What
-- stands in the tree of its facts: all hashes are in full tiles, which never change, and in the
-- last tile of each level, which the edge holds until it is full.
CREATE TABLE tree_edge (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    log_id text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
    size bigint NOT NULL DEFAULT 0,
    tiles bytea[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 10);
INSERT INTO tree_edge DEFAULT VALUES;

CREATE TABLE tree_tile (
    tile_index bigint NOT NULL,
    level smallint NOT NULL,
    hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
    PRIMARY KEY (level, tile_index)
);
-- Hashes cannot be made shorter: nobody should try.
ALTER TABLE tree_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- The public keys under which this log signs. Private ones are never in the database.
CREATE TABLE signing_key (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vkey text NOT NULL UNIQUE,
    origin text NOT NULL,
    began_at bigint NOT NULL,
    retired_at bigint
);

-- Every checkpoint that was signed: what the log was, up to which fact, and until when known.
CREATE TABLE log_checkpoint (
    origin text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    -- Of the last fact that it covers.
    recorded_at bigint NOT NULL,
    signed_at bigint NOT NULL,
    note bytea NOT NULL,
    PRIMARY KEY (origin, size)
);
CREATE INDEX log_checkpoint_recorded_idx ON log_checkpoint (recorded_at, size);

-- Witnesses whose word is taken, and what they said of checkpoints: a line of a note each.
CREATE TABLE witness (
    vkey text PRIMARY KEY,
    since bigint NOT NULL
);
CREATE TABLE cosignature (
    origin text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    vkey text NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (origin, size, vkey),
    FOREIGN KEY (origin, size) REFERENCES log_checkpoint (origin, size)
);

CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once: what is proved does not change', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON tree_tile
    FOR EACH ROW EXECUTE FUNCTION written_once();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON log_checkpoint
    FOR EACH ROW EXECUTE FUNCTION written_once();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON tree_tile
    FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON log_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION written_once();

-- migrate:down

DROP TABLE cosignature, witness, log_checkpoint, signing_key, tree_tile, tree_edge;
DROP FUNCTION written_once;
