-- name: canonical
-- An edition's bytes as they entered the log.
SELECT canonical FROM policy_edition WHERE digest = %(digest)s
