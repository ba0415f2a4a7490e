// graphcdp.journey.tools(tools :: MAP, success :: MAP, followed_by = null :: MAP, field = "p_tool" :: STRING,
//   window_seconds = 86400 :: INTEGER, gap_seconds = 1800 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (tool :: STRING, uses :: INTEGER, people :: INTEGER, successes :: INTEGER, again :: INTEGER, sessions :: INTEGER,
//       solved :: INTEGER)
// MODE READ
// Use and success of self-service tools: events that fit `tools`, by the property `field`. A use succeeds where it fits
// `success` itself, or an event that fits `followed_by` comes after it, at most `window_seconds` later and before the same
// tool is used again; `again`: that happened in that time. Uses lie in the selected period and fit `within`; what follows
// may lie behind it. `sessions` of a person (selected events, cut at `gap_seconds` of silence) had a use; in those that
// are `solved` one succeeded.
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))) AS selected,
       event[$field] IS NOT NULL AND
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
  RETURN collect([at, CASE WHEN uses AND selected THEN toString(event[$field]) END, good, follows,
                  selected AND ($end_at IS NULL OR event.ts < $end_at)]) AS seen
}
WITH who, seen, [place IN range(0, size(seen) - 1) WHERE seen[place][4]] AS mine
WITH who, seen, mine, [nr IN range(0, size(mine) - 1)
     WHERE nr = 0 OR seen[mine[nr]][0] - seen[mine[nr - 1]][0] >= $gap_seconds * 1000000] AS starts
UNWIND range(0, size(starts) - 1) AS number
UNWIND mine[starts[number]..coalesce(starts[number + 1], size(mine))] AS place
WITH who, number, seen, place, seen[place] AS one, seen[place][0] + $window_seconds * 1000000 AS latest
WHERE one[1] IS NOT NULL
WITH who, number, seen, place, one, latest,
     head([each IN range(place + 1, size(seen) - 1) WHERE seen[each][1] = one[1] OR seen[each][0] > latest]) AS stop
WITH who, number, one[1] AS tool, coalesce(seen[stop][0] <= latest, false) AS again,
     one[2] OR any(each IN range(place + 1, coalesce(stop, size(seen)) - 1) WHERE seen[each][3]) AS good
WITH tool, who, number, count(*) AS uses, sum(CASE WHEN good THEN 1 ELSE 0 END) AS successes,
     sum(CASE WHEN again THEN 1 ELSE 0 END) AS again
RETURN tool, sum(uses) AS uses, count(DISTINCT who) AS people, sum(successes) AS successes, sum(again) AS again,
       count(*) AS sessions, sum(CASE WHEN successes > 0 THEN 1 ELSE 0 END) AS solved
ORDER BY uses DESC, tool
LIMIT 1000
