// graphcdp.journey.call_deflection(self_service :: MAP, calls :: MAP, field = "content" :: STRING,
//   window_seconds = 604800 :: INTEGER, gap_seconds = 1800 :: INTEGER,
//   by_value = false :: BOOLEAN, period = null :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (value :: STRING, since :: STRING, sessions :: INTEGER, escalated :: INTEGER, contained :: INTEGER,
//       deflection_rate :: FLOAT, repeats :: INTEGER, calls_after_self_service :: INTEGER, people :: INTEGER,
//       people_escalated :: INTEGER)
// MODE READ
// Sessions with self-service: escalated where the person calls strictly after the last such event of the session and at
// most `window_seconds` later, else contained; which is not the same as solved: `repeats` are those with self-service
// again in that time. A call counts for the last session before it. All together, or with `by_value` a row a value of
// `field` that the session's self-service had, and with `period` (day, week, month; UTC) a row a period. Sessions lie in
// the selected period, calls may lie behind it; calls need not fit `within`. Sessions end at `gap_seconds` of silence. Of
// the `people`, `people_escalated` called after at least one of their sessions.
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))) AND
       ($self_service.types IS NULL OR event.type IN $self_service.types)
       AND ($self_service.where IS NULL OR any(option IN $self_service.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS helps,
       ($calls.types IS NULL OR event.type IN $calls.types)
       AND ($calls.where IS NULL OR any(option IN $calls.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS calls
  ORDER BY at, event.id
  RETURN collect([at, helps, CASE WHEN helps THEN toString(event[$field]) END,
                  $end_at IS NULL OR event.ts < $end_at]) AS seen,
         collect(CASE WHEN calls THEN [at, event.id] END) AS called
}
WITH who, profile, seen, called, [place IN range(0, size(seen) - 1)
     WHERE place = 0 OR seen[place][0] - seen[place - 1][0] >= $gap_seconds * 1000000] AS starts
WITH who, profile, seen, called,
     [number IN range(0, size(starts) - 1) | [place IN range(starts[number], coalesce(starts[number + 1], size(seen)) - 1)
                                             WHERE seen[place][1]]] AS stays
WITH who, profile, seen, called, [stay IN stays WHERE size(stay) > 0] AS stays
UNWIND range(0, size(stays) - 1) AS number
WITH who, profile, seen, called, stays, number, seen[stays[number][-1]][0] AS clock
WHERE seen[stays[number][-1]][3]
WITH who, profile, number + 1 AS number, clock,
     [place IN stays[number] WHERE seen[place][2] IS NOT NULL | seen[place][2]] AS contents,
     [call IN called WHERE call[0] > clock AND call[0] <= clock + $window_seconds * 1000000] AS after,
     coalesce(seen[stays[number + 1][0]][0] <= clock + $window_seconds * 1000000, false) AS repeats,
     seen[stays[number + 1][-1]][0] AS following
CALL (contents) {
  WITH contents WHERE $by_value
  UNWIND contents AS value
  RETURN DISTINCT value
  UNION
  WITH contents WHERE NOT $by_value
  RETURN null AS value
}
WITH value, who, after, repeats,
     CASE WHEN $period IS NULL THEN null
          ELSE toString(date.truncate($period, datetime({epochMillis: clock / 1000}))) END AS since,
     size([call IN after WHERE following IS NULL OR call[0] <= following]) AS calls
WITH value, since, count(*) AS sessions, sum(CASE WHEN size(after) > 0 THEN 1 ELSE 0 END) AS escalated,
     sum(CASE WHEN repeats THEN 1 ELSE 0 END) AS repeats, sum(calls) AS calls, count(DISTINCT who) AS people,
     count(DISTINCT CASE WHEN size(after) > 0 THEN who END) AS people_escalated
RETURN value, since, sessions, escalated, sessions - escalated AS contained,
       toFloat(sessions - escalated) / sessions AS deflection_rate, repeats, calls AS calls_after_self_service, people,
       people_escalated
ORDER BY since, sessions DESC, value
LIMIT 1000
