-- name: record_read
INSERT INTO sensitive_read (read_at, who, what, seller_id, asked, rows_told, fact_id)
VALUES (%(read_at)s, %(who)s, %(what)s, %(seller_id)s, %(asked)s, %(rows)s, %(fact_id)s)
RETURNING number

-- name: record_end
INSERT INTO sensitive_read_end (number, rows_told) VALUES (%(number)s, %(rows)s)
