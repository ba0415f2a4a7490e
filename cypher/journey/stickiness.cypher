// graphcdp.journey.stickiness(active = null :: MAP, types = null :: LIST OF STRING,
//   interval = "week" :: STRING, zone = "UTC" :: STRING, week_start = 1 :: INTEGER, until = null :: DATETIME,
//   gap_seconds = 1800 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (periods :: INTEGER, people :: INTEGER, at_least :: INTEGER, sessions :: INTEGER, events :: INTEGER)
// MODE READ
// How many people were active in how many different periods of the range, and in so many or more; and in how many sessions
// (their activity, cut at `gap_seconds` without any) and by how many events those of exactly so many periods were.
// `active`, `within`: maps {types, where}, null is any event.
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
     collect(identity) AS identities
CALL (identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE event.ts <= coalesce($until, datetime())
    AND ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($types IS NULL OR event.type IN $types)
  WITH event, [nr IN range(0, 1) WHERE
      ([$active, $within][nr].types IS NULL OR event.type IN [$active, $within][nr].types)
      AND ([$active, $within][nr].where IS NULL OR any(option IN [$active, $within][nr].where WHERE all(atom IN option WHERE
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
          WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))] AS fits
  WHERE size(fits) = 2
  WITH event.id AS id, event.ts AS ts, CASE $zone WHEN 'UTC' THEN event.ts ELSE datetime({datetime: event.ts, timezone: $zone}) END AS local
  WITH id, ts, CASE $interval
      WHEN 'day' THEN toInteger(floor((local.epochSeconds + local.offsetSeconds) / 86400.0))
      WHEN 'week' THEN
        toInteger(floor((floor((local.epochSeconds + local.offsetSeconds) / 86400.0) + 4 - $week_start) / 7.0))
      ELSE local.year * 12 + local.month - 1 END AS period
  WITH period, ts ORDER BY ts
  RETURN count(DISTINCT period) AS periods, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
}
WITH periods, size(at) AS events, size([place IN range(0, size(at) - 1)
     WHERE place = 0 OR at[place] - at[place - 1] >= $gap_seconds * 1000000]) AS sessions
WHERE periods > 0
WITH periods, count(*) AS people, sum(sessions) AS sessions, sum(events) AS events
WITH collect([periods, people, sessions, events]) AS counts, max(periods) AS most
UNWIND range(1, coalesce(most, 0)) AS periods
RETURN periods, coalesce([one IN counts WHERE one[0] = periods | one[1]][0], 0) AS people,
       reduce(sum = 0, one IN counts | CASE WHEN one[0] >= periods THEN sum + one[1] ELSE sum END) AS at_least,
       coalesce([one IN counts WHERE one[0] = periods | one[2]][0], 0) AS sessions,
       coalesce([one IN counts WHERE one[0] = periods | one[3]][0], 0) AS events
ORDER BY periods
