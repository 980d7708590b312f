-- migrate:up

-- How the processes do that publish and consume: each tells it every few seconds, so that a server
-- that shares nothing with them but this database can say it. Nothing is decided by these rows.
CREATE TABLE worker_report (
    worker text COLLATE "C" NOT NULL,
    -- One row for each process; it takes its row away when it is stopped.
    process text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    report json NOT NULL,
    PRIMARY KEY (worker, process)
);

-- What all of them did so far, and 'position': up to where the log is published.
CREATE TABLE worker_count (
    worker text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (worker, what)
);

-- migrate:down

DROP TABLE worker_count, worker_report;
