-- name: lock_positions
-- How far these partitions were taken. Whoever asks holds the log's lock, so that nobody moves one
-- meanwhile but an operator, who waits.
SELECT topic, partition, next_offset FROM inbox_position
WHERE (topic, partition) IN (SELECT * FROM unnest(%(topics)s::text[], %(partitions)s::int4[]))
ORDER BY topic, partition FOR UPDATE

-- name: read_positions
-- The same, without keeping anybody from moving them.
SELECT topic, partition, next_offset FROM inbox_position
WHERE (topic, partition) IN (SELECT * FROM unnest(%(topics)s::text[], %(partitions)s::int4[]))

-- name: move_positions
INSERT INTO inbox_position (topic, partition, next_offset)
SELECT * FROM unnest(%(topics)s::text[], %(partitions)s::int4[], %(offsets)s::int8[])
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset

-- name: reject
-- Messages that could not be taken, for whoever sends them on.
INSERT INTO rejected_message (topic, partition, "offset", key, value, headers, problem, at)
VALUES (%(topic)s, %(partition)s, %(offset)s, %(key)s, %(value)s, %(headers)s, %(problem)s, %(at)s)
