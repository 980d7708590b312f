-- name: keep_page_key
-- Whoever comes first has drawn it; the others take what is there.
INSERT INTO page_key (secret) VALUES (%(secret)s) ON CONFLICT DO NOTHING

-- name: page_key
SELECT secret FROM page_key
