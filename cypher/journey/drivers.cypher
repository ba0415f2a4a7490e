// graphcdp.journey.drivers(outcome :: MAP, start = null :: MAP, events = null :: MAP, fields = null :: LIST OF STRING,
//   window_seconds = 1209600 :: INTEGER, index_counts = false :: BOOLEAN, landmark_seconds = null :: INTEGER,
//   strata = null :: LIST OF ANY,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (label :: LIST OF STRING, stratum :: LIST OF STRING, people :: INTEGER, succeeded :: INTEGER)
// MODE READ
// What goes with an outcome. A person enters by the first event that fits `start` (null: the first event) and succeeds
// by an event that fits `outcome` after it, at most `window_seconds` later. A row a label (values of the properties
// `fields`, null: the type, of an event that fits `events`; null: any) and stratum: people who had it after entering and
// before succeeding, and how many succeeded; label null: everybody. With `landmark_seconds` only labels that early count
// and who succeeded that early is left out, so that those who do not succeed have no longer time to have a label. With
// `index_counts` the entry itself may be a label or the outcome. `strata`: pairs of properties of profiles; the first
// known of each pair is a part of the stratum. Calls and other outcomes need not fit `within`.
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
  WITH event, event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at,
       ($outcome.types IS NULL OR event.type IN $outcome.types)
       AND ($outcome.where IS NULL OR any(option IN $outcome.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS succeeds,
       ($within IS NULL OR (
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))) AS counts
  WHERE counts OR succeeds
  WITH event, at, succeeds, CASE WHEN $start IS NULL THEN true ELSE
         ($start.types IS NULL OR event.type IN $start.types)
         AND ($start.where IS NULL OR any(option IN $start.where WHERE all(atom IN option WHERE
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) END AS enters,
       CASE WHEN counts AND all(name IN coalesce($fields, ['type']) WHERE event[name] IS NOT NULL) AND ($events IS NULL OR
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))
       THEN [name IN coalesce($fields, ['type']) | toString(event[name])] END AS label
  ORDER BY at, event.id
  RETURN collect([at, enters, succeeds, label]) AS seen
}
WITH who, profile, seen, head([place IN range(0, size(seen) - 1) WHERE seen[place][1]]) AS entry
WHERE entry IS NOT NULL
WITH who, profile, seen, entry, seen[entry][0] + $window_seconds * 1000000 AS latest,
     CASE WHEN $index_counts THEN entry ELSE entry + 1 END AS begin
WITH who, profile, seen, entry, latest, begin,
     head([place IN range(begin, size(seen) - 1) WHERE seen[place][2] AND seen[place][0] <= latest]) AS won,
     seen[entry][0] + coalesce($landmark_seconds, $window_seconds) * 1000000 AS looked
WHERE $landmark_seconds IS NULL OR won IS NULL OR seen[won][0] > looked
WITH who, profile, seen[entry][0] AS entered, seen[won][0] AS succeeded,
     [place IN range(begin, coalesce(won, size(seen)) - 1)
      WHERE seen[place][3] IS NOT NULL AND seen[place][0] <= looked AND NOT seen[place][2]
        AND ($index_counts OR NOT seen[place][1] OR $start IS NULL) | seen[place][3]] AS labels
CALL (labels) {
  UNWIND labels AS label
  RETURN collect(DISTINCT label) AS had
}
CALL (profile) {
  WITH profile WHERE size(coalesce($strata, [])) > 0
  MATCH (person:Profile {id: profile})
  RETURN [pair IN $strata | toString(coalesce(person[pair[0]], person[pair[1]]))] AS stratum
  UNION
  WITH profile WHERE size(coalesce($strata, [])) = 0
  RETURN [] AS stratum
}
UNWIND [null] + had AS label
RETURN label, stratum, count(*) AS people, count(succeeded) AS succeeded
ORDER BY people DESC, label, stratum
