-- name: create
-- What most violations share is told once, so that a row is small: there is one for each violation.
CREATE TABLE violation_kinds (
    kind integer PRIMARY KEY,
    rule text NOT NULL,
    family text NOT NULL,
    severity text,
    bucket text NOT NULL,
    source text NOT NULL,
    policy text NOT NULL,
    appeal_days integer NOT NULL,
    unit text NOT NULL CHECK (unit IN ('points', 'strikes'))
);

CREATE TABLE violations (
    position bigint PRIMARY KEY,
    effective_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    lapses_at bigint NOT NULL,
    -- Null while it stands: overturned or annulled, it is gone from its beginning.
    cancelled_at bigint,
    kind integer NOT NULL,
    weight integer NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    violation_id text COLLATE "C" NOT NULL,
    reported_by text COLLATE "C" NOT NULL,
    listing_id text COLLATE "C",
    -- The last instant to appeal once more; 0 where that cannot be, or not now. Null while nobody
    -- did: then notice and the kind's days say it.
    appeal_until bigint
);

-- Equal keys share their entry: these take a few bytes for each violation, and what they find is
-- sorted by position afterwards.
CREATE INDEX violations_seller_idx ON violations (seller_id);
CREATE INDEX violations_kind_idx ON violations (kind, position);
CREATE INDEX violations_lapse_idx ON violations (lapses_at);
CREATE INDEX violations_listing_idx ON violations (listing_id, position)
    WHERE listing_id IS NOT NULL;
CREATE INDEX violations_appeal_idx ON violations (appeal_until, position) WHERE appeal_until > 0;
CREATE INDEX violations_cancelled_idx ON violations (position) WHERE cancelled_at IS NOT NULL;
-- Equal keys share their entry, so these two take a few bytes for each violation.
CREATE INDEX violations_reporter_idx ON violations (reported_by);
CREATE INDEX violations_life_idx ON violations ((lapses_at - effective_at));
-- Told more than thirty days late: of all others, the position says when they were effective. Here
-- the entry does, so that a row is read only where it fits.
CREATE INDEX violations_late_idx ON violations (position, effective_at)
    WHERE effective_at < recorded_at - 2592000000000

-- name: kinds
SELECT rule, family, severity, bucket, source, policy, appeal_days, unit, kind
FROM violation_kinds

-- name: add_kinds
COPY violation_kinds
    (kind, rule, family, severity, bucket, source, policy, appeal_days, unit)
FROM STDIN

-- name: add
COPY violations (
    position, effective_at, recorded_at, lapses_at, kind, weight, seller_id, violation_id,
    reported_by, listing_id
) FROM STDIN

-- name: cancel
UPDATE violations v SET cancelled_at = c.at
FROM unnest(%b::text[], %b::text[], %b::int8[]) AS c (seller_id, violation_id, at)
WHERE v.seller_id = c.seller_id AND v.violation_id = c.violation_id

-- name: appeal
UPDATE violations v SET appeal_until = a.until
FROM unnest(%b::text[], %b::text[], %b::int8[]) AS a (seller_id, violation_id, until)
WHERE v.seller_id = a.seller_id AND v.violation_id = a.violation_id

-- name: rows
-- A violation with what its kind says instead of the kind's number.
SELECT v.position, v.effective_at, v.recorded_at, v.lapses_at, v.cancelled_at, v.weight,
       v.seller_id, v.violation_id, v.reported_by, v.listing_id, v.appeal_until, k.rule, k.family, k.severity,
       k.bucket, k.source, k.policy, k.appeal_days, k.unit
FROM {schema}.violations v LEFT JOIN {schema}.violation_kinds k USING (kind)

-- name: kind_rows
SELECT rule, family, severity, bucket, source, policy, appeal_days, unit
FROM {schema}.violation_kinds
