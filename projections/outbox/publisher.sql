-- What the publisher asks before it begins.

-- name: log_id
SELECT log_id FROM tree_edge
