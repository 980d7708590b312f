-- name: create
CREATE TABLE appeals (
    -- Of the fact that filed the round.
    position bigint PRIMARY KEY,
    filed_at bigint NOT NULL,
    -- The last instant for evidence; null where it comes with the filing.
    evidence_until bigint,
    -- When the round falls for want of evidence; null where it cannot, or no more.
    lapses_at bigint,
    closed_at bigint,
    -- The last instant for the next round; null where there is none to come.
    next_round_until bigint,
    round integer NOT NULL,
    evidence_given boolean NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    violation_id text COLLATE "C" NOT NULL,
    family text NOT NULL,
    rule text NOT NULL,
    filed_by text COLLATE "C" NOT NULL,
    -- As recorded: an open one whose `lapses_at` has come is lapsed.
    status text NOT NULL
        CHECK (status IN ('filed', 'upheld', 'rejected', 'lapsed', 'withdrawn')),
    reviewer text COLLATE "C",
    UNIQUE (seller_id, violation_id, round)
);

CREATE INDEX appeals_status_idx ON appeals (status, position);
CREATE INDEX appeals_family_idx ON appeals (family, position);
CREATE INDEX appeals_reviewer_idx ON appeals (reviewer, position) WHERE reviewer IS NOT NULL;
CREATE INDEX appeals_lapse_idx ON appeals (lapses_at, position) WHERE lapses_at IS NOT NULL

-- name: rounds
-- The rounds of the appeals against these violations.
SELECT a.position, a.seller_id, a.violation_id, a.family, a.rule, a.round, a.filed_at, a.filed_by,
       a.evidence_until, a.evidence_given, a.status, a.closed_at, a.reviewer, a.next_round_until
FROM unnest(%b::text[], %b::text[]) AS w (seller_id, violation_id)
JOIN appeals a USING (seller_id, violation_id)
ORDER BY a.seller_id, a.violation_id, a.round

-- name: recorded
-- The facts that recorded these violations, before a position each. Their bytes are looked through,
-- and only what is found is read as JSON.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::bytea[], %b::int8[]) AS w (stream, told, below)
JOIN stored_events f ON f.originator_id = w.stream AND f.notification_id < w.below
    AND f.topic LIKE 'violation-recorded.%%' AND position(w.told IN f.state) > 0

-- name: remove
DELETE FROM appeals WHERE position = ANY(%b::int8[])

-- name: add
COPY appeals (
    position, seller_id, violation_id, family, rule, round, filed_at, filed_by, evidence_until,
    evidence_given, lapses_at, status, closed_at, reviewer, next_round_until
) FROM STDIN
