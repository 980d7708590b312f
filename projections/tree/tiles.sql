-- name: edge
SELECT log_id, size, tiles FROM tree_edge

-- name: edge_locked
-- Whoever adds leaves or signs holds this row: one after the other.
SELECT log_id, size, tiles FROM tree_edge FOR UPDATE

-- name: move_edge
UPDATE tree_edge SET size = %(size)s, tiles = %(tiles)s

-- name: rename
-- Another name, for a log that went another way than what was signed under the old one.
UPDATE tree_edge SET log_id = replace(gen_random_uuid()::text, '-', '') RETURNING log_id

-- name: add_tiles
INSERT INTO tree_tile (level, tile_index, hashes)
SELECT * FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[], %(hashes)s::bytea[])

-- name: tiles
SELECT t.level, t.tile_index, t.hashes
FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) AS w (level, tile_index)
JOIN tree_tile t USING (level, tile_index)

-- name: tiles_of_level
SELECT tile_index, hashes FROM tree_tile
WHERE level = %(level)s AND tile_index >= %(first)s AND tile_index < %(end)s ORDER BY tile_index
