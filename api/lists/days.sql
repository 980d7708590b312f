-- Days as they were last told, straight from the log: a window of them is one range of its index.

-- name: days
-- The newest fact of each stream from `first` to `last` and behind `after`, among the facts up to
-- a position.
SELECT DISTINCT ON (originator_id) originator_id, originator_version, topic, state, notification_id
FROM stored_events
WHERE originator_id >= %(first)s COLLATE "C" AND originator_id > %(after)s COLLATE "C"
  AND originator_id <= %(last)s COLLATE "C" AND notification_id <= %(to)s
ORDER BY originator_id, originator_version DESC LIMIT %(limit)s
