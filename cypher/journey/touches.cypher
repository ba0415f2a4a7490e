// graphcdp.journey.touches(conversions :: MAP, touches = null :: MAP, dimension = "channel" :: STRING,
//   lookback_seconds = 2592000 :: INTEGER, value = null :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP,
//   session_gap_seconds = null :: INTEGER)
//   :: (who :: STRING, profile_id :: STRING, touches :: LIST OF ANY, conversions :: LIST OF ANY,
//       begun :: LIST OF INTEGER)
// MODE READ
// What attribution works with, a row a person (or, with container cookie, an identity) who has any. `touches`: in order,
// each [microseconds since 1970, event id, value of the property `dimension`], of events that fit `touches` and have
// the property; null: of every event that is no conversion. `conversions`: in order, each [microseconds, event id,
// value of the property `value`, or 1 where that is null]. Touches reach back `lookback_seconds` before the period.
// `begun`: with `session_gap_seconds`, when each of the person's sessions began (between silences of so long of all that
// was done in that time): a touch counts for the conversions of its own session.
CALL () {
  UNWIND CASE WHEN $segment IS NULL AND $ids IS NULL THEN [1] ELSE [] END AS everyone
  MATCH (person:Profile)
  RETURN person
  UNION ALL
  UNWIND CASE WHEN $ids IS NULL AND $segment IS NOT NULL THEN [$segment] ELSE [] END AS wanted
  MATCH (:Segment {id: wanted})<-[:MEMBER_OF]-(person:Profile)
  RETURN person
  UNION ALL
  UNWIND coalesce($ids, []) AS wanted
  MATCH (person:Profile {id: wanted})
  WHERE $segment IS NULL OR EXISTS { (person)-[:MEMBER_OF]->(:Segment {id: $segment}) }
  RETURN person
}
MATCH (person)-[:HAS_IDENTITY]->(identity:Identity)
WITH CASE $container WHEN 'cookie' THEN identity.key ELSE coalesce($others[identity.key], person.id) END AS who,
     min(person.id) AS profile,
     collect(identity) AS identities
CALL (identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WITH event, event.ts AS ts, event.type AS type, event[$dimension] AS label
  WHERE ($conversions.types IS NULL OR type IN $conversions.types
         OR label IS NOT NULL AND ($touches.types IS NULL OR type IN $touches.types))
    AND ($start_at IS NULL OR ts >= $start_at - duration({seconds: $lookback_seconds}))
    AND ($end_at IS NULL OR ts < $end_at)
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
  WITH event, ts, type, label,
       ($conversions.types IS NULL OR type IN $conversions.types)
       AND ($conversions.where IS NULL OR any(option IN $conversions.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS converts
  WITH event, ts, label, converts AND ($start_at IS NULL OR ts >= $start_at) AS converts,
       label IS NOT NULL AND CASE WHEN $touches IS NULL THEN NOT converts ELSE
         ($touches.types IS NULL OR type IN $touches.types)
         AND ($touches.where IS NULL OR any(option IN $touches.where WHERE all(atom IN option WHERE
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) END AS touch
  WHERE touch OR converts
  WITH event, ts.epochSeconds * 1000000 + ts.microsecond AS at, event.id AS id, label, touch, converts
  ORDER BY at, id
  RETURN collect(CASE WHEN touch THEN [at, id, label] END) AS touches,
         collect(CASE WHEN converts THEN
                   [at, id, CASE WHEN $value IS NULL THEN 1
                                 WHEN event[$value] IS :: INTEGER NOT NULL | FLOAT NOT NULL THEN event[$value]
                                 ELSE 0 END] END) AS conversions
}
WITH who, profile, identities, touches, conversions
WHERE size(touches) + size(conversions) > 0
WITH who, profile, touches, conversions, CASE WHEN $session_gap_seconds IS NOT NULL THEN COLLECT {
       UNWIND identities AS identity
       MATCH (identity)-[:PERFORMED]->(event:Event)
       WHERE ($start_at IS NULL OR event.ts >= $start_at - duration({seconds: $lookback_seconds}))
         AND ($end_at IS NULL OR event.ts < $end_at)
       WITH event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at ORDER BY at
       RETURN at
     } END AS at
RETURN who, profile AS profile_id, touches, conversions, CASE WHEN at IS NOT NULL THEN [this IN range(0, size(at) - 1)
       WHERE this = 0 OR at[this] - at[this - 1] >= $session_gap_seconds * 1000000 | at[this]] END AS begun
