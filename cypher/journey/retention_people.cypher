// graphcdp.journey.retention_people(cohort_start :: DATE, low = null :: INTEGER, high = null :: INTEGER,
//   came_back = true :: BOOLEAN, breakdown = null :: STRING, value_is = null :: STRING, starts = null :: MAP, returns = null :: MAP, types = null :: LIST OF STRING,
//   clock = "calendar" :: STRING, cohort = "recurring" :: STRING,
//   interval = "week" :: STRING, zone = "UTC" :: STRING, week_start = 1 :: INTEGER, until = null :: DATETIME,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP,
//   after_who = null :: STRING, page_size = 100 :: INTEGER)
//   :: (who :: STRING, profile_id :: STRING, started_at :: DATETIME, start_event :: STRING, returned_at :: DATETIME,
//       return_event :: STRING)
// MODE READ
// The people behind a number of graphcdp.journey.retention: the whole cohort (`low` null), or who of it came back in a
// period from `low` to `high` (null: or later), or with `came_back` false who did not; by `who`, a page behind `after_who`.
// Of one value of the breakdown only, where `value_is` is given. With each the event that began it, and the first that counts as the return.
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
     collect(identity) AS identities, max(person.id) AS profile, collect(person)[0] AS person
WITH who, profile, person, identities WHERE $after_who IS NULL OR who > $after_who
CALL (person, identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE event.ts <= coalesce($until, datetime())
    AND ($cohort = 'first_time' OR $start_at IS NULL OR event.ts >= $start_at)
    AND ($types IS NULL OR event.type IN $types)
  WITH event, [nr IN range(0, 2) WHERE
      ([$starts, $returns, $within][nr].types IS NULL OR event.type IN [$starts, $returns, $within][nr].types)
      AND ([$starts, $returns, $within][nr].where IS NULL OR any(option IN [$starts, $returns, $within][nr].where WHERE all(atom IN option WHERE
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
  WHERE 2 IN fits AND size(fits) > 1
  WITH event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at, event.id AS id, 1 IN fits AS returns,
       0 IN fits AND ($cohort = 'first_time' OR $end_at IS NULL OR event.ts < $end_at) AS starts,
       CASE WHEN $breakdown IS NULL THEN null
            WHEN $breakdown STARTS WITH 'profile.' THEN toString(coalesce(
              person['c_' + substring($breakdown, 8)], person['a_' + substring($breakdown, 8)]))
            ELSE toString(event[$breakdown]) END AS value,
       CASE $zone WHEN 'UTC' THEN event.ts ELSE datetime({datetime: event.ts, timezone: $zone}) END AS local
  WITH at, id, starts, returns, value,
    CASE $interval
      WHEN 'day' THEN toInteger(floor((local.epochSeconds + local.offsetSeconds) / 86400.0))
      WHEN 'week' THEN
        toInteger(floor((floor((local.epochSeconds + local.offsetSeconds) / 86400.0) + 4 - $week_start) / 7.0))
      ELSE local.year * 12 + local.month - 1 END AS period
  WITH at, id, starts, returns, value, period,
    CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: period})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (period) * 7 + $week_start - 4})
    ELSE date({year: (period) / 12, month: (period) % 12 + 1}) END AS day
  ORDER BY at, id
  WITH collect(CASE WHEN starts THEN [at, id, period, day, value] END) AS starting,
       collect(CASE WHEN returns THEN [at, id, period] END) AS back
  RETURN CASE $cohort
    WHEN 'first_time' THEN [one IN starting[..1] WHERE one[3] = $cohort_start
      AND ($start_at IS NULL OR one[0] >= $start_at.epochSeconds * 1000000 + $start_at.microsecond)
      AND ($end_at IS NULL OR one[0] < $end_at.epochSeconds * 1000000 + $end_at.microsecond)][0]
    ELSE [one IN starting WHERE one[3] = $cohort_start][0] END AS begun, back
}
WITH who, profile, begun, back WHERE begun IS NOT NULL AND ($value_is IS NULL OR begun[4] = $value_is)
WITH who, profile, begun, [one IN back WHERE (one[0] > begun[0] OR (one[0] = begun[0] AND one[1] >= begun[1]))
  AND $low IS NOT NULL
  AND CASE $clock
    WHEN 'elapsed' THEN (one[0] - begun[0]) / (CASE $interval WHEN 'week' THEN 7 ELSE 1 END * 86400000000)
    ELSE one[2] - begun[2] END >= $low
  AND ($high IS NULL OR CASE $clock
    WHEN 'elapsed' THEN (one[0] - begun[0]) / (CASE $interval WHEN 'week' THEN 7 ELSE 1 END * 86400000000)
    ELSE one[2] - begun[2] END <= $high)][0] AS came
WITH who, profile, begun, came WHERE $low IS NULL OR (came IS NOT NULL) = $came_back
WITH who, profile, begun, came ORDER BY who LIMIT $page_size
RETURN who, profile AS profile_id,
       datetime({epochSeconds: begun[0] / 1000000, nanosecond: begun[0] % 1000000 * 1000}) AS started_at,
       begun[1] AS start_event,
       CASE WHEN came IS NOT NULL THEN
         datetime({epochSeconds: came[0] / 1000000, nanosecond: came[0] % 1000000 * 1000}) END AS returned_at,
       came[1] AS return_event
ORDER BY who
