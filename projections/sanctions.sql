-- name: create
CREATE TABLE sanctions (
    position bigint PRIMARY KEY,
    starts_at bigint NOT NULL,
    -- As scheduled; null for without end.
    ends_at bigint,
    -- When it was lifted or waived.
    cut_at bigint,
    until_at bigint GENERATED ALWAYS AS (least(ends_at, cut_at)) STORED,
    error_us bigint NOT NULL DEFAULT 0,
    proposed_at bigint,
    -- It lasts at most so many days: what began longer before an instant is over by then. Usual
    -- lengths have a step of their own. Ten millions: without end.
    span_days integer NOT NULL GENERATED ALWAYS AS (
        coalesce((
            '{1,3,7,14,30,60,90,180,365,730,1825,5000000}'::integer[]
        )[1 + width_bucket(
            (least(ends_at, cut_at) - starts_at - 1) / 86400000000,
            '{1,3,7,14,30,60,90,180,365,730,1825,5000000}'::bigint[]
        )], 10000000)
    ) STORED,
    seller_id text COLLATE "C" NOT NULL,
    sanction_id text COLLATE "C" NOT NULL,
    sanction text NOT NULL,
    -- Null where a person imposed it.
    milestone text,
    bucket text,
    because_of text[] NOT NULL,
    policy text NOT NULL,
    -- None: the whole shop.
    listing_ids text[] NOT NULL,
    -- Who imposed it by hand.
    imposed_by text,
    cut text CHECK (cut IN ('lifted', 'waived')),
    proposed_by text,
    UNIQUE (seller_id, sanction_id)
);

CREATE INDEX sanctions_seller_idx ON sanctions (seller_id, position);
CREATE INDEX sanctions_until_idx ON sanctions (until_at, position) WHERE until_at IS NOT NULL;
-- With its end in the entry, a sanction that was over by then is passed over without its row.
CREATE INDEX sanctions_span_idx ON sanctions
    (sanction, span_days, position, coalesce(until_at, 9223372036854775807));
CREATE INDEX sanctions_proposed_idx ON sanctions (position)
    WHERE proposed_at IS NOT NULL AND cut_at IS NULL

-- name: add
INSERT INTO sanctions (
    position, starts_at, ends_at, seller_id, sanction_id, sanction, milestone, bucket, because_of,
    policy, listing_ids, imposed_by
)
SELECT position, starts_at, ends_at, seller_id, sanction_id, sanction, milestone, bucket,
       string_to_array(because_of, ','), policy, string_to_array(listing_ids, ','), imposed_by
FROM unnest(
    %b::int8[], %b::int8[], %b::int8[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
    %b::text[], %b::text[], %b::text[], %b::text[]
) AS s (
    position, starts_at, ends_at, seller_id, sanction_id, sanction, milestone, bucket, because_of,
    policy, listing_ids, imposed_by
)

-- name: cut
UPDATE sanctions s SET cut_at = c.at, cut = c.how
FROM unnest(%b::text[], %b::text[], %b::int8[], %b::text[]) AS c (seller_id, sanction_id, at, how)
WHERE s.seller_id = c.seller_id AND s.sanction_id = c.sanction_id

-- name: find_in_error
UPDATE sanctions s SET error_us = e.error_us
FROM unnest(%b::text[], %b::text[], %b::int8[]) AS e (seller_id, sanction_id, error_us)
WHERE s.seller_id = e.seller_id AND s.sanction_id = e.sanction_id

-- name: propose_waiver
UPDATE sanctions s SET proposed_at = p.at, proposed_by = p.by
FROM unnest(%b::text[], %b::text[], %b::int8[], %b::text[]) AS p (seller_id, sanction_id, at, by)
WHERE s.seller_id = p.seller_id AND s.sanction_id = p.sanction_id
