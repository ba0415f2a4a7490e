// graphcdp.journey.doers(events = null :: MAP, field = null :: STRING, value = null :: STRING, page_size = 100 :: INTEGER,
//   after = null :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (who :: STRING, profile_id :: STRING, times :: INTEGER, first_at :: DATETIME, last_at :: DATETIME)
// MODE READ
// The people behind a figure about events: who did what fits `events` (null: any) and, with `field`, has that `value`
// there (`product`: any product the event is about); how often, first and last; by `who`.
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
WITH who, profile, identities WHERE $after IS NULL OR who > $after
WITH who, profile, identities ORDER BY who
CALL (identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($field IS NULL OR toString(event[$field]) = $value
         OR ($field = 'product' AND EXISTS { (event)-[:ABOUT]->(:Product {id: $value}) }))
    AND ($events IS NULL OR (
      ($events.types IS NULL OR event.type IN $events.types)
      AND ($events.where IS NULL OR any(option IN $events.where WHERE all(atom IN option WHERE
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
  RETURN count(event) AS times, min(event.ts) AS first_at, max(event.ts) AS last_at
}
WITH who, profile, times, first_at, last_at WHERE times > 0
RETURN who, profile AS profile_id, times, first_at, last_at
ORDER BY who
LIMIT $page_size
