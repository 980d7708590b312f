-- migrate:up

-- How far each projection has taken the log. Its rows and this position change in one transaction.
CREATE TABLE projection (
    name text PRIMARY KEY,
    -- Of the code that wrote its rows; another one begins again.
    version text NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    -- Counts the times that its tables were replaced: what a process remembers of them is void then.
    generation integer NOT NULL DEFAULT 1
) WITH (fillfactor = 10);

-- Streams that a projection could not take, from which fact on, and why. Others go on.
CREATE TABLE parked_stream (
    projection text NOT NULL,
    stream text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    cause text NOT NULL,
    parked_at bigint NOT NULL,
    PRIMARY KEY (projection, stream)
);

-- migrate:down

DROP TABLE parked_stream, projection;
