-- migrate:up

-- How far the messages of a topic were taken: moved in the transaction that records what they
-- brought. An operator who sets it back has them taken again.
CREATE TABLE inbox_position (
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    PRIMARY KEY (topic, partition)
);

-- Messages that could not be taken, until they were sent on. They may hold personal text: nothing
-- is copied from here, and no view of `reporting` shows them.
CREATE TABLE rejected_message (
    -- Given under the lock on log_head: no lower number comes later.
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    -- Byte for byte.
    key bytea,
    value bytea,
    -- [name, base64 or null] for each, in order.
    headers json NOT NULL,
    -- As RFC 9457 writes it.
    problem json NOT NULL,
    at bigint NOT NULL
) WITH (
    -- What was sent on is deleted, and gone from the file within a minute or two: mostly these are
    -- too few for a vacuum to come by itself.
    autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0
);
-- The planner keeps samples of columns, in tables of its own. Of these it has nothing to know.
ALTER TABLE rejected_message ALTER COLUMN key SET STATISTICS 0,
    ALTER COLUMN value SET STATISTICS 0, ALTER COLUMN headers SET STATISTICS 0,
    ALTER COLUMN problem SET STATISTICS 0;

-- migrate:down

DROP TABLE rejected_message, inbox_position;
