-- name: create
-- In which fifties of positions facts stand that say something: who acted, what a matter is called,
-- what another stream caused. A term is a number made of what is said, so that a row is small; two
-- that share one cost a reader some facts read in vain. What a stream or another view finds has none.
CREATE TABLE fact_terms (
    term integer,
    fifty integer,
    PRIMARY KEY (term, fifty)
)

-- name: add
INSERT INTO fact_terms (term, fifty) SELECT * FROM unnest(%b::int4[], %b::int4[])
ON CONFLICT DO NOTHING
