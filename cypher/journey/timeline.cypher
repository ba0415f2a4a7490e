// graphcdp.journey.timeline(id :: STRING, gap_seconds = 1800 :: INTEGER,
//   after_ts = null :: DATETIME, after_id = null :: STRING, page_size = 100 :: INTEGER,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP)
//   :: (event_id :: STRING, ts :: DATETIME, type :: STRING, channel :: STRING, identity_key :: STRING,
//       about :: STRING, campaign :: STRING, session :: INTEGER, seconds_since :: FLOAT)
// MODE READ
// What one person did, on every device, in order, behind (`after_ts`, `after_id`): with the identity that it hangs on,
// what it was about (the product, its category, the words searched or the page), in which session (from 1; a silence of
// `gap_seconds` ends one) and how long after the event before.
MATCH (:Profile {id: $id})-[:HAS_IDENTITY]->(identity:Identity)-[:PERFORMED]->(event:Event)
WHERE ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
  AND ($within IS NULL OR (
    ($within.types IS NULL OR event.type IN $within.types)
    AND ($within.where IS NULL OR any(option IN $within.where WHERE all(atom IN option WHERE
      coalesce(atom.holds, true) = any(it IN [CASE atom.of WHEN 'device'
        THEN head(COLLECT { MATCH (event)-[:ON]->(device:Device) RETURN device }) ELSE event END]
        WHERE coalesce(CASE atom.op
        WHEN '=' THEN it[atom.field] = atom.value
        WHEN '!=' THEN it[atom.field] <> atom.value
          AND (it[atom.field] IS :: STRING) = (atom.value IS :: STRING)
          AND (it[atom.field] IS :: BOOLEAN) = (atom.value IS :: BOOLEAN)
          AND (it[atom.field] IS :: ZONED DATETIME) = (atom.value IS :: ZONED DATETIME)
        WHEN '<' THEN it[atom.field] < atom.value
        WHEN '<=' THEN it[atom.field] <= atom.value
        WHEN '>' THEN it[atom.field] > atom.value
        WHEN '>=' THEN it[atom.field] >= atom.value
        WHEN 'in' THEN it[atom.field] IN atom.value
        WHEN 'not in' THEN NOT it[atom.field] IN atom.value
        WHEN 'contains' THEN it[atom.field] CONTAINS atom.value
        WHEN 'starts with' THEN it[atom.field] STARTS WITH atom.value
        WHEN 'ends with' THEN it[atom.field] ENDS WITH atom.value
        WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))))
WITH identity.key AS key, event, event.ts AS ts, event.id AS id
ORDER BY ts, id
WITH collect(event) AS events, collect(key) AS keys, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
WITH events, keys, at, [this IN range(0, size(at) - 1)
                        WHERE this = 0 OR at[this] - at[this - 1] >= $gap_seconds * 1000000 | this] AS starts
UNWIND range(0, size(starts) - 1) AS number
UNWIND range(starts[number], coalesce(starts[number + 1], size(at)) - 1) AS this
WITH events[this] AS event, keys[this] AS key, number + 1 AS session,
     CASE WHEN this > 0 THEN (at[this] - at[this - 1]) / 1000000.0 END AS seconds_since
WHERE $after_ts IS NULL OR event.ts > $after_ts OR (event.ts = $after_ts AND event.id > $after_id)
WITH event, key, session, seconds_since ORDER BY event.ts, event.id LIMIT $page_size
RETURN event.id AS event_id, event.ts AS ts, event.type AS type, event.channel AS channel, key AS identity_key,
       coalesce(event.product_name, event.product, event.category, event.query, event.page) AS about,
       event.campaign AS campaign, session, seconds_since
ORDER BY ts, event_id
