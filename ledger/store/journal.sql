-- name: lock_head
-- Whoever writes takes this lock first: positions and instants are given one writer at a time.
-- The shared lock on the import key is refused while a history import is alive.
SELECT next_position, last_recorded_at, settled_at, clock, clock_at, pack, importing,
       pg_try_advisory_xact_lock_shared(5120204) AS import_idle
FROM log_head FOR UPDATE

-- name: read_head
SELECT next_position, last_recorded_at, settled_at, clock, clock_at, pack, importing,
       true AS import_idle
FROM log_head

-- name: begin_log
INSERT INTO log_head (next_position, last_recorded_at, clock, pack)
VALUES (1, 0, %(clock)s, %(pack)s)
ON CONFLICT DO NOTHING

-- name: insert_facts
INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)
SELECT * FROM unnest(%b::text[], %b::int8[], %b::text[], %b::bytea[], %b::int8[])

-- name: save_states
-- Written when a seller is new and then now and then: the facts since complete a memo.
INSERT INTO seller_state (seller_id, version, engine_version, next_due_at, state)
SELECT s.seller_id, s.version, %b::int4, s.next_due_at, s.state
FROM unnest(%b::text[], %b::int8[], %b::int8[], %b::bytea[])
    AS s (seller_id, version, next_due_at, state)
ON CONFLICT (seller_id) DO UPDATE
SET version = excluded.version, engine_version = excluded.engine_version,
    next_due_at = excluded.next_due_at, state = excluded.state

-- name: save_due
UPDATE seller_state s SET next_due_at = d.next_due_at
FROM unnest(%b::text[], %b::int8[]) AS d (seller_id, next_due_at)
WHERE s.seller_id = d.seller_id

-- name: forget_states
-- Facts came by another way than the clerk's: these memos are derived again when they are loaded.
-- Due at the earliest instant of all, they are looked at by whoever records what falls due.
INSERT INTO seller_state (seller_id, version, engine_version, next_due_at, state)
SELECT seller_id, 0, 0, 0, '' FROM unnest(%b::text[]) AS s (seller_id)
ON CONFLICT (seller_id) DO UPDATE SET engine_version = 0, next_due_at = 0

-- name: save_sealed
INSERT INTO sealed_text (position, salt, body, case_of)
SELECT t.position, t.salt, t.body, nullif(t.case_of, '')
FROM unnest(%b::int8[], %b::bytea[], %b::bytea[], %b::text[]) AS t (position, salt, body, case_of)

-- name: save_idempotency_keys
-- A key older than its 30 days may be used anew.
INSERT INTO idempotency_key (actor, key, stream, version, recorded_at)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::int8[], %b::int8[])
ON CONFLICT (actor, key) DO UPDATE
SET recorded_at = excluded.recorded_at, stream = excluded.stream, version = excluded.version

-- name: drop_idempotency_keys
-- Some of those older than their 30 days, the oldest first.
DELETE FROM idempotency_key WHERE (actor, key) IN (
    SELECT actor, key FROM idempotency_key WHERE recorded_at <= %b::int8
    ORDER BY recorded_at LIMIT %b::int4
)

-- name: advance_head
-- The notification wakes followers; they go by positions, so a lost one costs only time.
WITH moved AS (
    UPDATE log_head
    SET next_position = %b::int8, last_recorded_at = %b::int8, clock = %b::text, clock_at = %b::int8
    RETURNING 1
)
SELECT pg_notify('stored_events', '') FROM moved

-- name: load_states
-- A seller without a fact of its own may have a key: a dispute's texts are sealed with it.
SELECT w.seller_id, s.version, s.engine_version, s.next_due_at, s.state, k.key
FROM unnest(%b::text[]) AS w (seller_id)
LEFT JOIN seller_state s ON s.seller_id = w.seller_id
LEFT JOIN seller_key k ON k.seller_id = w.seller_id
WHERE s.seller_id IS NOT NULL OR k.seller_id IS NOT NULL

-- name: load_since
-- What was recorded in streams after these versions, in order.
SELECT f.originator_id, f.topic, f.state, f.notification_id
FROM unnest(%b::text[], %b::int8[]) AS m (stream, version)
CROSS JOIN LATERAL (
    SELECT * FROM stored_events e
    WHERE e.originator_id = m.stream AND e.originator_version > m.version
) AS f
ORDER BY f.notification_id

-- name: load_stream
SELECT originator_version, topic, state, notification_id
FROM stored_events WHERE originator_id = %b::text ORDER BY originator_version

-- name: load_idempotency_keys
SELECT k.actor, k.key, k.stream, k.version
FROM idempotency_key k JOIN unnest(%b::text[], %b::text[]) AS w (actor, key) USING (actor, key)
WHERE k.recorded_at > %b::int8

-- name: changed_streams
SELECT DISTINCT originator_id FROM stored_events
WHERE notification_id >= %b::int8 AND notification_id < %b::int8

-- name: due_sellers
SELECT next_due_at, seller_id FROM seller_state
WHERE (next_due_at, seller_id) > (%b::int8, %b::text) AND next_due_at <= %b::int8
ORDER BY next_due_at, seller_id LIMIT %b::int4

-- name: fact_told
SELECT topic, state FROM stored_events
WHERE originator_id = %b::text AND originator_version = %b::int8

-- name: facts_told
-- The facts at these addresses, with the texts kept beside them.
SELECT f.originator_id, f.originator_version, f.topic, f.state, s.body
FROM unnest(%b::text[], %b::int8[]) AS w (stream, version)
JOIN stored_events f ON f.originator_id = w.stream AND f.originator_version = w.version
LEFT JOIN sealed_text s ON s.position = f.notification_id

-- name: fact_at
SELECT originator_id, originator_version, state FROM stored_events WHERE notification_id = %b::int8

-- name: settle
UPDATE log_head SET settled_at = greatest(settled_at, %b::int8)

-- name: editions
SELECT e.canonical, f.state, e.position
FROM policy_edition e JOIN stored_events f ON f.notification_id = e.position
ORDER BY e.position

-- name: save_edition
INSERT INTO policy_edition (digest, ref, position, canonical)
VALUES (%b::text, %b::text, %b::int8, %b::bytea)

-- name: impact_reports
SELECT originator_version, notification_id, topic, state FROM stored_events
WHERE originator_id = %b::text AND topic LIKE 'policy-impact-assessed.%%'
ORDER BY originator_version

-- name: stream_version
SELECT coalesce(max(originator_version), 0) AS version FROM stored_events
WHERE originator_id = %b::text
