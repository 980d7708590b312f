-- name: one_at_a_time
SELECT pg_try_advisory_lock(5120206, hashtext(%(name)s))

-- name: begin_live
INSERT INTO projection (name, version) VALUES (%(name)s, '') ON CONFLICT DO NOTHING

-- name: hold_live
-- Whoever follows for it waits until this transaction ends.
SELECT position, version FROM projection WHERE name = %(name)s FOR UPDATE

-- name: live
SELECT position FROM projection WHERE name = %(name)s

-- name: impatient
-- Readers queue behind this lock, and give up after a second: it is tried for less.
SET LOCAL lock_timeout = '500ms'

-- name: move
ALTER TABLE {table} SET SCHEMA {schema}

-- name: replaced
-- Whoever follows for it forgets what it remembered of the old rows.
WITH unparked AS (
    DELETE FROM parked_stream WHERE projection = %(name)s
)
UPDATE projection SET position = %(position)s, version = %(version)s, generation = generation + 1
WHERE name = %(name)s

-- name: parked_too
UPDATE parked_stream SET projection = %(name)s WHERE projection = %(beside)s
