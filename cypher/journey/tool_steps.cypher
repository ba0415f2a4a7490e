// graphcdp.journey.tool_steps(tools :: MAP, success :: MAP, followed_by = null :: MAP, field = "p_tool" :: STRING,
//   window_seconds = 86400 :: INTEGER, most = 5 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (tool :: STRING, succeeded :: BOOLEAN, step :: STRING, times :: INTEGER, people :: INTEGER)
// MODE READ
// What people do next after a tool, by whether it succeeded (as in graphcdp.journey.tools): the type of the next event, at
// most `window_seconds` later, or `(exit)`; the `most` most frequent of each.
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
  WHERE ($start_at IS NULL OR event.ts >= $start_at)
    AND ($end_at IS NULL OR event.ts < $end_at + duration({seconds: $window_seconds}))
  WITH event, event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at,
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))) AND event[$field] IS NOT NULL AND
       ($tools.types IS NULL OR event.type IN $tools.types)
       AND ($tools.where IS NULL OR any(option IN $tools.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS uses,
       ($success.types IS NULL OR event.type IN $success.types)
       AND ($success.where IS NULL OR any(option IN $success.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS good,
       $followed_by IS NOT NULL AND
       ($followed_by.types IS NULL OR event.type IN $followed_by.types)
       AND ($followed_by.where IS NULL OR any(option IN $followed_by.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS follows
  ORDER BY at, event.id
  RETURN collect([at, CASE WHEN uses THEN toString(event[$field]) END, good, follows,
                  $end_at IS NULL OR event.ts < $end_at, event.type]) AS seen
}
UNWIND range(0, size(seen) - 1) AS place
WITH who, seen, place, seen[place] AS one, seen[place][0] + $window_seconds * 1000000 AS latest
WHERE one[1] IS NOT NULL AND one[4]
WITH who, seen, place, one, latest,
     head([each IN range(place + 1, size(seen) - 1) WHERE seen[each][1] = one[1] OR seen[each][0] > latest]) AS stop
WITH who, one[1] AS tool, coalesce(seen[stop][0] <= latest, false) AS again,
     one[2] OR any(each IN range(place + 1, coalesce(stop, size(seen)) - 1) WHERE seen[each][3]) AS good,
     seen[place + 1] AS following, latest
WITH tool, good AS succeeded, CASE WHEN following[0] <= latest THEN following[5] ELSE '(exit)' END AS step, who
WITH tool, succeeded, step, count(*) AS times, count(DISTINCT who) AS people
ORDER BY times DESC, step
WITH tool, succeeded, collect([step, times, people])[..$most] AS steps, sum(times) AS total
ORDER BY tool, succeeded DESC
UNWIND steps AS one
RETURN tool, succeeded, one[0] AS step, one[1] AS times, one[2] AS people
