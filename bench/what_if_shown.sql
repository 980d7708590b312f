-- name: windowed
-- The thresholds of one world as an analyst would ask for them: without voids, and as of when
-- each violation was effective.
SELECT count(DISTINCT seller) FROM (
    SELECT seller, sum(about) OVER (
        PARTITION BY seller ORDER BY effective RANGE BETWEEN $life - 1 PRECEDING AND CURRENT ROW
    ) AS total
    FROM read_parquet($replay)
    WHERE kind = 0 AND NOT (reporter = $reporter AND recorded >= $since AND recorded < $till)
) WHERE total >= $limit

-- name: suspended
-- Sellers suspended in the end, by the rules as they are written: whoever reached the limit of
-- points or three strikes at the recording of a violation that nobody has taken back since.
WITH taken_back AS (
    SELECT seller, violation FROM read_parquet($log)
    WHERE kind IN ('violation-annulled.v1', 'violation-cancelled.v1')
), counting AS (
    SELECT seller, position, recorded_at AS at, effective_at AS begun, points, strikes
    FROM read_parquet($log) AS told ANTI JOIN taken_back USING (seller, violation)
    WHERE kind = 'violation-recorded.v1'
      AND NOT (reporter = $detector AND epoch_us(recorded_at) >= $since
               AND epoch_us(recorded_at) < $till)
), many AS (
    SELECT seller FROM counting GROUP BY seller
    HAVING sum(points) >= $limit OR sum(strikes) >= 3
), weighed AS (
    SELECT judged.seller, judged.position, sum(counted.points) FILTER (
               WHERE epoch_us(counted.begun) + $life > epoch_us(judged.at)
           ) AS points, sum(counted.strikes) AS strikes
    FROM counting AS judged SEMI JOIN many USING (seller)
    JOIN counting AS counted ON counted.seller = judged.seller
     AND counted.position <= judged.position
     AND epoch_us(counted.begun) + $usual > epoch_us(judged.at)
    GROUP BY ALL
)
SELECT count(DISTINCT seller) FROM weighed WHERE points >= $limit OR strikes >= 3

-- name: matched
SELECT count(*) FROM read_parquet($log)
WHERE kind = 'violation-recorded.v1' AND reporter = $detector
  AND epoch_us(recorded_at) >= $since AND epoch_us(recorded_at) < $till

-- name: imposed
-- What milestones imposed in the world as it was, from the facts themselves.
SELECT count(*) FROM read_parquet($log)
WHERE kind = 'sanction-imposed.v1' AND milestone IS NOT NULL
