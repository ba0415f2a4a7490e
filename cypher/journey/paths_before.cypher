// graphcdp.journey.paths_before(outcome :: MAP, events = null :: MAP, fields = null :: LIST OF STRING,
//   path_length = 3 :: INTEGER, window_seconds = 604800 :: INTEGER, collapse = true :: BOOLEAN, most = 20 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (path :: LIST OF ANY, times :: INTEGER, people :: INTEGER)
// MODE READ
// What people usually do before an event such as a call: the labels of the last `path_length` events that fit `events`,
// at most `window_seconds` before it and after the outcome before, oldest first; with `collapse` equal ones in a row
// count as one. Outcomes need not fit `within`. The most frequent first.
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
  WHERE ($start_at IS NULL OR event.ts >= $start_at - duration({seconds: $window_seconds}))
    AND ($end_at IS NULL OR event.ts < $end_at)
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS ends,
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
  WITH event, at, ends, CASE WHEN counts AND NOT ends AND all(name IN coalesce($fields, ['type']) WHERE event[name] IS NOT NULL)
         AND ($events IS NULL OR
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
  WHERE ends OR label IS NOT NULL
  WITH event, at, ends, label ORDER BY at, event.id
  RETURN collect([at, ends, label, $start_at IS NULL OR event.ts >= $start_at]) AS seen
}
WITH who, seen, [-1] + [place IN range(0, size(seen) - 1) WHERE seen[place][1]] AS ends
UNWIND range(1, size(ends) - 1) AS number
WITH who, seen, ends[number - 1] + 1 AS begin, ends[number] AS ended
WHERE seen[ended][3]
WITH who, [one IN seen[begin..ended] WHERE one[0] >= seen[ended][0] - $window_seconds * 1000000 | one[2]] AS labels
WITH who, CASE WHEN $collapse
            THEN [place IN range(0, size(labels) - 1) WHERE place = 0 OR labels[place] <> labels[place - 1]
                  | labels[place]]
            ELSE labels END AS labels
WITH who, labels[CASE WHEN size(labels) > $path_length THEN size(labels) - $path_length ELSE 0 END..] AS path
RETURN path, count(*) AS times, count(DISTINCT who) AS people
ORDER BY times DESC, path
LIMIT $most
