-- name: create
CREATE TABLE freezes (
    position bigint PRIMARY KEY,
    starts_at bigint NOT NULL,
    -- As known: the scheduled date, or the instant of an earlier release.
    ends_at bigint NOT NULL,
    scheduled_at bigint NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    freeze_id text COLLATE "C" NOT NULL,
    cause text NOT NULL,
    sanction_id text,
    why text CHECK (why IN ('due', 'lifted', 'waived')),
    UNIQUE (seller_id, freeze_id)
);

CREATE INDEX freezes_seller_idx ON freezes (seller_id, position);
CREATE INDEX freezes_cause_idx ON freezes (cause, position);
CREATE INDEX freezes_end_idx ON freezes (ends_at, position);
-- How long they were imposed for: equal lengths share their entry.
CREATE INDEX freezes_length_idx ON freezes ((scheduled_at - starts_at))

-- name: add
INSERT INTO freezes (
    position, starts_at, ends_at, scheduled_at, seller_id, freeze_id, cause, sanction_id
)
SELECT * FROM unnest(
    %b::int8[], %b::int8[], %b::int8[], %b::int8[], %b::text[], %b::text[], %b::text[], %b::text[]
)

-- name: release
UPDATE freezes f SET ends_at = least(f.ends_at, r.at), why = r.why
FROM unnest(%b::text[], %b::text[], %b::int8[], %b::text[]) AS r (seller_id, freeze_id, at, why)
WHERE f.seller_id = r.seller_id AND f.freeze_id = r.freeze_id
