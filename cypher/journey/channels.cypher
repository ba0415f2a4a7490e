// graphcdp.journey.channels(conversions :: MAP, dimension = "channel" :: STRING, value = null :: STRING,
//   lookback_seconds = 2592000 :: INTEGER, gap_seconds = 1800 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (channel :: STRING, people :: INTEGER, events :: INTEGER, sessions :: INTEGER, engaged :: INTEGER,
//       converted :: INTEGER, conversions :: INTEGER, value_here :: FLOAT, last_touches :: INTEGER, assisted :: INTEGER)
// MODE READ
// Engagement and conversion by channel (or another property, `dimension`). `sessions` had it, `engaged` are those of two
// events or more; `converted` are people who used it and converted anywhere; `conversions` and `value_here` happened on
// it. `last_touches`: conversions whose last event before it was there, at most `lookback_seconds` old; `assisted`:
// conversions that it was before, but not last. Sessions end at `gap_seconds` of silence.
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
  WHERE ($start_at IS NULL OR event.ts >= $start_at - duration({seconds: $lookback_seconds}))
    AND ($end_at IS NULL OR event.ts < $end_at)
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
  WITH event, event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at,
       ($conversions.types IS NULL OR event.type IN $conversions.types)
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
  ORDER BY at, event.id
  RETURN collect([at, toString(coalesce(event[$dimension], '(unknown)')), converts,
                  CASE WHEN event[$value] IS :: INTEGER NOT NULL | FLOAT NOT NULL THEN event[$value] ELSE 0 END,
                  $start_at IS NULL OR event.ts >= $start_at]) AS seen
}
WITH who, seen, [one IN seen WHERE one[4]] AS mine
WHERE size(mine) > 0
WITH who, seen, mine, [place IN range(0, size(mine) - 1)
     WHERE place = 0 OR mine[place][0] - mine[place - 1][0] >= $gap_seconds * 1000000] AS starts
WITH who, mine, [number IN range(0, size(starts) - 1)
                 | [one IN mine[starts[number]..coalesce(starts[number + 1], size(mine))] | one[1]]] AS stays,
     [ended IN range(0, size(seen) - 1) WHERE seen[ended][2] AND seen[ended][4]
      | [place IN range(0, ended - 1)
         WHERE NOT seen[place][2] AND seen[place][0] >= seen[ended][0] - $lookback_seconds * 1000000
         | seen[place][1]]] AS paths
CALL (mine) {
  UNWIND mine AS one
  RETURN one[1] AS channel, count(*) AS events, sum(CASE WHEN one[2] THEN 1 ELSE 0 END) AS conversions,
         sum(CASE WHEN one[2] THEN toFloat(one[3]) ELSE 0.0 END) AS value
}
WITH channel, who, events, conversions, value, size(paths) > 0 AS converted,
     size([stay IN stays WHERE channel IN stay]) AS sessions,
     size([stay IN stays WHERE channel IN stay AND size(stay) > 1]) AS engaged,
     size([path IN paths WHERE path[-1] = channel]) AS last_touches,
     size([path IN paths WHERE path[-1] <> channel AND channel IN path]) AS assisted
RETURN channel, count(*) AS people, sum(events) AS events, sum(sessions) AS sessions, sum(engaged) AS engaged,
       sum(CASE WHEN converted THEN 1 ELSE 0 END) AS converted, sum(conversions) AS conversions,
       sum(value) AS value_here, sum(last_touches) AS last_touches, sum(assisted) AS assisted
ORDER BY people DESC, channel
LIMIT 1000
