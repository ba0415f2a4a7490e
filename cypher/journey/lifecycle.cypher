// graphcdp.journey.lifecycle(active = null :: MAP, types = null :: LIST OF STRING,
//   interval = "week" :: STRING, zone = "UTC" :: STRING, week_start = 1 :: INTEGER, until = null :: DATETIME,
//   gap_seconds = 1800 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (period_start :: DATE, fresh :: INTEGER, returning :: INTEGER, resurrecting :: INTEGER, dormant :: INTEGER,
//       people :: INTEGER, complete :: BOOLEAN, sessions :: LIST OF INTEGER, events :: LIST OF INTEGER)
// MODE READ
// How the active people of every period come about: `fresh` (their first active period ever; what was before the range
// counts), `returning` (active in the period before, too), `resurrecting` (not in that one, but earlier); and `dormant`:
// active in the period before and not now. fresh + returning + resurrecting = people. A period that is not over at
// `until` is not complete: some of its dormant may still come. `sessions`, `events`: how many of the fresh, the returning
// and the resurrecting fall into the period; their activity is cut into sessions at `gap_seconds` without any, and a session
// counts in every period that it touches. `active`, `within`: maps {types, where}, null is any event.
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
  RETURN collect(period) AS periods, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
}
UNWIND range(0, size(at) - 1) AS place
WITH who, periods[place] AS period, CASE WHEN place = 0 OR periods[place - 1] <> periods[place]
       OR at[place] - at[place - 1] >= $gap_seconds * 1000000 THEN 1 ELSE 0 END AS begins
WITH who, period, sum(begins) AS sessions, count(*) AS events
ORDER BY who, period
WITH who, collect([period, sessions, events]) AS held
WITH collect(held) AS everyone
CALL (everyone) {
  UNWIND everyone AS held
  UNWIND range(0, size(held) - 1) AS nr
  WITH held[nr][0] AS period, CASE WHEN nr = 0 THEN 0 WHEN held[nr - 1][0] = held[nr][0] - 1 THEN 1 ELSE 2 END AS kind,
       held[nr] AS one
  RETURN period, kind, count(*) AS people, sum(one[1]) AS sessions, sum(one[2]) AS events
  UNION ALL
  UNWIND everyone AS held
  UNWIND range(0, size(held) - 1) AS nr
  WITH held, nr WHERE nr = size(held) - 1 OR held[nr + 1][0] > held[nr][0] + 1
  RETURN held[nr][0] + 1 AS period, 3 AS kind, count(*) AS people, 0 AS sessions, 0 AS events
}
WITH collect([period, kind, people, sessions, events]) AS counts, min(period) AS first
WITH counts, first, coalesce($until, datetime()) AS known
WITH counts, known, first, datetime({datetime: coalesce($start_at, known), timezone: $zone}) AS local,
     datetime({datetime: CASE WHEN $end_at IS NULL OR $end_at > known THEN known
       ELSE $end_at - duration({microseconds: 1}) END, timezone: $zone}) AS ending
WITH counts, known, CASE WHEN $start_at IS NULL THEN first ELSE
    CASE $interval
      WHEN 'day' THEN toInteger(floor((local.epochSeconds + local.offsetSeconds) / 86400.0))
      WHEN 'week' THEN
        toInteger(floor((floor((local.epochSeconds + local.offsetSeconds) / 86400.0) + 4 - $week_start) / 7.0))
      ELSE local.year * 12 + local.month - 1 END END AS first,
    CASE $interval
      WHEN 'day' THEN toInteger(floor((ending.epochSeconds + ending.offsetSeconds) / 86400.0))
      WHEN 'week' THEN
        toInteger(floor((floor((ending.epochSeconds + ending.offsetSeconds) / 86400.0) + 4 - $week_start) / 7.0))
      ELSE ending.year * 12 + ending.month - 1 END AS last
UNWIND CASE WHEN size(counts) = 0 THEN [] ELSE range(first, last) END AS period
WITH known, period, [one IN counts WHERE one[0] = period] AS here
WITH known, period, [kind IN range(0, 3) | coalesce([one IN here WHERE one[1] = kind | one[2]][0], 0)] AS of,
     [kind IN range(0, 2) | coalesce([one IN here WHERE one[1] = kind | one[3]][0], 0)] AS sessions,
     [kind IN range(0, 2) | coalesce([one IN here WHERE one[1] = kind | one[4]][0], 0)] AS events
RETURN CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: period})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (period) * 7 + $week_start - 4})
    ELSE date({year: (period) / 12, month: (period) % 12 + 1}) END AS period_start,
       of[0] AS fresh, of[1] AS returning, of[2] AS resurrecting, of[3] AS dormant, of[0] + of[1] + of[2] AS people,
       datetime({date: CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: period + 1})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (period + 1) * 7 + $week_start - 4})
    ELSE date({year: (period + 1) / 12, month: (period + 1) % 12 + 1}) END, timezone: $zone}).epochSeconds <= known.epochSeconds AS complete,
       sessions, events
ORDER BY period_start
