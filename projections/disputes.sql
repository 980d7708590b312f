-- name: create
CREATE TABLE disputes (
    -- Of the fact that opened it.
    position bigint PRIMARY KEY,
    opened_at bigint NOT NULL,
    -- Its newest fact: where it stands, and when it was recorded.
    last_position bigint NOT NULL,
    recorded_at bigint NOT NULL,
    -- From when on time alone makes this row another: the next default falls.
    fresh_until bigint,
    -- The last instant to appeal its ruling, where that can be done.
    appealable_until bigint,
    closed_at bigint,
    order_minor bigint NOT NULL,
    asked_minor bigint NOT NULL,
    offer_minor bigint,
    -- What was refunded when it was last closed.
    refund_minor bigint,
    -- How many decimals the currency has.
    decimals smallint NOT NULL,
    asked_returns boolean NOT NULL,
    offer_returns boolean NOT NULL,
    by_default boolean,
    returned boolean,
    dispute_id text COLLATE "C" NOT NULL UNIQUE,
    seller_id text COLLATE "C" NOT NULL,
    buyer_id text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    currency text NOT NULL,
    phase text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'escalated', 'awaiting-return', 'closed')),
    -- The deadline whose default falls at `fresh_until`.
    due text,
    at_fault text,
    why text,
    reviewer text COLLATE "C",
    policy text NOT NULL,
    commission_owed boolean,
    return_paid_by text
);

CREATE INDEX disputes_status_idx ON disputes (status, position);
CREATE INDEX disputes_seller_idx ON disputes (seller_id, position);
CREATE INDEX disputes_buyer_idx ON disputes (buyer_id, position);
CREATE INDEX disputes_order_idx ON disputes (order_id);
CREATE INDEX disputes_reason_idx ON disputes (reason, position);
CREATE INDEX disputes_fault_idx ON disputes (at_fault, position) WHERE at_fault IS NOT NULL;
CREATE INDEX disputes_fresh_idx ON disputes (fresh_until) WHERE fresh_until IS NOT NULL;

-- What runs of a dispute now, each with the last instant that is in time.
CREATE TABLE dispute_deadlines (
    position bigint,
    what text,
    until_at bigint NOT NULL,
    seller_id text COLLATE "C" NOT NULL,
    dispute_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (position, what)
);

CREATE INDEX dispute_deadlines_due_idx ON dispute_deadlines (what, until_at, position);
CREATE INDEX dispute_deadlines_seller_idx ON dispute_deadlines (seller_id, until_at)

-- name: facts_before
-- The facts of disputes below a version of each.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::int8[]) AS w (stream, below)
JOIN stored_events f ON f.originator_id = w.stream AND f.originator_version < w.below
ORDER BY f.originator_id, f.originator_version

-- name: facts_known
-- The facts of disputes, each up to the one that its row was last written for.
SELECT f.originator_id, f.originator_version, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::text[]) AS w (dispute_id, stream)
JOIN disputes d USING (dispute_id)
JOIN stored_events f ON f.originator_id = w.stream AND f.notification_id <= d.last_position
ORDER BY f.originator_id, f.originator_version

-- name: remove
DELETE FROM disputes WHERE dispute_id = ANY(%b::text[])

-- name: remove_deadlines
DELETE FROM dispute_deadlines WHERE position = ANY(%b::int8[])

-- name: add
COPY disputes (
    position, opened_at, last_position, recorded_at, fresh_until, appealable_until, closed_at,
    order_minor, asked_minor, offer_minor, refund_minor, decimals, asked_returns, offer_returns,
    by_default, returned, dispute_id, seller_id, buyer_id, order_id, reason, currency, phase, status, due, at_fault,
    why, reviewer, policy, commission_owed, return_paid_by
) FROM STDIN

-- name: add_deadlines
COPY dispute_deadlines (position, what, until_at, seller_id, dispute_id) FROM STDIN

-- name: stale
SELECT dispute_id FROM disputes
WHERE fresh_until <= %(now)s AND dispute_id <> ALL(%(aside)s::text[])
ORDER BY fresh_until LIMIT %(limit)s

-- name: next_stale
SELECT min(fresh_until) FROM disputes
WHERE fresh_until IS NOT NULL AND dispute_id <> ALL(%(aside)s::text[])
