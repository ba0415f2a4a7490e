// graphcdp.journey.parts(of_what :: STRING, property = null :: STRING, most = 10 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (value :: ANY, people :: INTEGER, events :: INTEGER, different :: INTEGER)
// MODE READ
// Into which parts an analysis can be cut: the most frequent values of a property of events (`of_what` event), or of the
// device that they happened on (device), of an attribute of people (profile), or the segments they are in (segment, where
// parts overlap); with how many people and selected events each has, and how many `different` values there are. Null:
// those without a value.
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
WITH identity, CASE $container WHEN 'cookie' THEN identity.key ELSE coalesce($others[identity.key], person.id) END AS who,
     CASE $of_what
       WHEN 'profile' THEN [coalesce(person['c_' + $property], person['a_' + $property])]
       WHEN 'segment' THEN COLLECT { MATCH (person)-[:MEMBER_OF]->(one:Segment) RETURN one.id }
       ELSE [null] END AS own
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
UNWIND CASE $of_what
  WHEN 'event' THEN [event[$property]]
  WHEN 'device' THEN [head(COLLECT { MATCH (event)-[:ON]->(one:Device) RETURN one })[$property]]
  ELSE own END AS value
WITH value, count(DISTINCT who) AS people, count(*) AS events
ORDER BY CASE WHEN $of_what IN ['event', 'device'] THEN events ELSE people END DESC, toString(value)
WITH collect([value, people, events]) AS found
UNWIND found[..$most] AS one
RETURN one[0] AS value, one[1] AS people, one[2] AS events, size(found) AS different
