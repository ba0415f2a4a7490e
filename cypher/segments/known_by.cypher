// graphcdp.segments.known_by(since :: DATETIME, until :: DATETIME, seconds :: INTEGER)
//   :: (bucket :: INTEGER, people :: INTEGER)
// MODE READ
// INTERNAL
// How many people were first seen in each stretch of so many seconds from `since` to before `until`, the first numbered
// 0; number -1: before that.
MATCH (profile:Profile)
WHERE profile.first_seen IS NULL OR profile.first_seen < $until
WITH profile.first_seen AS seen
WITH CASE WHEN seen IS NULL OR seen < $since THEN -1
          ELSE (seen.epochSeconds * 1000000 + seen.microsecond - $since.epochSeconds * 1000000 - $since.microsecond)
               / (1000000 * $seconds) END AS bucket
RETURN bucket, count(*) AS people
ORDER BY bucket
