// graphcdp.journey.channel_overlap(conversions :: MAP, dimension = "channel" :: STRING, most = 100 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (channels :: LIST OF STRING, people :: INTEGER, converted :: INTEGER, conversions :: INTEGER)
// MODE READ
// People by exactly which channels (or values of another property, `dimension`) they used: the sets of an upset plot, the
// largest first, with how many of the people converted and how often.
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
  WITH toString(coalesce(event[$dimension], '(unknown)')) AS channel,
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
  WITH channel, sum(CASE WHEN converts THEN 1 ELSE 0 END) AS conversions
  ORDER BY channel
  RETURN collect(channel) AS channels, sum(conversions) AS conversions
}
WITH channels, conversions WHERE size(channels) > 0
RETURN channels, count(*) AS people, sum(CASE WHEN conversions > 0 THEN 1 ELSE 0 END) AS converted,
       sum(conversions) AS conversions
ORDER BY people DESC, channels
LIMIT $most
