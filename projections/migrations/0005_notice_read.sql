-- migrate:up

-- Which notices a seller has read. It follows from nothing in the log, so no rebuild touches it.
CREATE TABLE notice_read (
    seller_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    read_at bigint NOT NULL,
    PRIMARY KEY (seller_id, position)
);

-- migrate:down

DROP TABLE notice_read;
