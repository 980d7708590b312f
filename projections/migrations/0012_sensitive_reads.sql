-- migrate:up

-- Who read sensitive records, beside the log: all reads, those that are facts as well among them.
-- `asked` holds ids and other words of the address that are written like ids, and no free text.
CREATE TABLE sensitive_read (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at bigint NOT NULL,
    who text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    seller_id text COLLATE "C",
    asked jsonb NOT NULL,
    -- NULL for a file, which is written down before its first byte leaves: its end tells.
    rows_told bigint,
    -- Of a read of what people wrote: the address of its fact, written in the same transaction.
    fact_id text COLLATE "C"
);
CREATE INDEX sensitive_read_at_idx ON sensitive_read (read_at, number);
CREATE INDEX sensitive_read_who_idx ON sensitive_read (who, read_at, number);
CREATE INDEX sensitive_read_what_idx ON sensitive_read (what, read_at, number);
CREATE INDEX sensitive_read_seller_idx ON sensitive_read (seller_id, read_at, number)
    WHERE seller_id IS NOT NULL;

-- How many rows of a file were handed on when it came to its end, or was broken off.
CREATE TABLE sensitive_read_end (
    number bigint PRIMARY KEY REFERENCES sensitive_read,
    rows_told bigint NOT NULL
);

CREATE FUNCTION reads_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what % holds is neither changed nor deleted', TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER reads_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON sensitive_read
    FOR EACH STATEMENT EXECUTE FUNCTION reads_are_kept();
CREATE TRIGGER reads_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON sensitive_read_end
    FOR EACH STATEMENT EXECUTE FUNCTION reads_are_kept();

-- migrate:down

DROP TABLE sensitive_read_end;
DROP TABLE sensitive_read;
DROP FUNCTION reads_are_kept();
