// graphcdp.journey.retention(starts = null :: MAP, returns = null :: MAP, types = null :: LIST OF STRING,
//   measure = "n_day" :: STRING, periods = 8 :: INTEGER, brackets = [] :: LIST OF ANY, clock = "calendar" :: STRING,
//   cohort = "recurring" :: STRING,
//   interval = "week" :: STRING, zone = "UTC" :: STRING, week_start = 1 :: INTEGER, until = null :: DATETIME,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (cohort_start :: DATE, people :: INTEGER, from_period :: INTEGER, to_period :: INTEGER, returned :: INTEGER,
//       rate :: FLOAT)
// MODE READ
// Who came back: a cohort are the people with an event of `starts` in a period; a cell says how many of them did one of
// `returns` so many periods later. `measure`: `n_day` (in exactly that period), `unbounded` (then or later), `bracket`
// (in any period of `brackets`, a list of [from, to]). `clock`: `calendar` in `zone`, or `elapsed`, spans of 24 hours (of
// 7 days) since the first start of the period. `cohort`: `recurring`, or `first_time`, the first start ever. What cannot
// be known at `until` is null. `starts`, `returns`, `within`: maps {types, where}, null is any event; `types` are all
// types of both. `others`: identities that are somebody else's, by key.
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
    AND ($cohort = 'first_time' OR $start_at IS NULL OR event.ts >= $start_at)
    AND ($types IS NULL OR event.type IN $types)
  WITH event, [nr IN range(0, 2) WHERE
      ([$starts, $returns, $within][nr].types IS NULL OR event.type IN [$starts, $returns, $within][nr].types)
      AND ([$starts, $returns, $within][nr].where IS NULL OR any(option IN [$starts, $returns, $within][nr].where WHERE all(atom IN option WHERE
        coalesce(atom.holds, true) = coalesce(CASE atom.op
          WHEN '=' THEN event[atom.field] = atom.value
          WHEN '!=' THEN event[atom.field] <> atom.value
            AND (event[atom.field] IS :: STRING) = (atom.value IS :: STRING)
            AND (event[atom.field] IS :: BOOLEAN) = (atom.value IS :: BOOLEAN)
            AND (event[atom.field] IS :: ZONED DATETIME) = (atom.value IS :: ZONED DATETIME)
          WHEN '<' THEN event[atom.field] < atom.value
          WHEN '<=' THEN event[atom.field] <= atom.value
          WHEN '>' THEN event[atom.field] > atom.value
          WHEN '>=' THEN event[atom.field] >= atom.value
          WHEN 'in' THEN event[atom.field] IN atom.value
          WHEN 'not in' THEN NOT event[atom.field] IN atom.value
          WHEN 'contains' THEN event[atom.field] CONTAINS atom.value
          WHEN 'starts with' THEN event[atom.field] STARTS WITH atom.value
          WHEN 'ends with' THEN event[atom.field] ENDS WITH atom.value
          WHEN 'known' THEN event[atom.field] IS NOT NULL END, false))))] AS fits
  WHERE 2 IN fits AND size(fits) > 1
  WITH event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at, event.id AS id, 1 IN fits AS returns,
       0 IN fits AND ($cohort = 'first_time' OR $end_at IS NULL OR event.ts < $end_at) AS starts,
       CASE $zone WHEN 'UTC' THEN event.ts ELSE datetime({datetime: event.ts, timezone: $zone}) END AS local
  WITH at, id, starts, returns,
    CASE $interval
      WHEN 'day' THEN toInteger(floor((local.epochSeconds + local.offsetSeconds) / 86400.0))
      WHEN 'week' THEN
        toInteger(floor((floor((local.epochSeconds + local.offsetSeconds) / 86400.0) + 4 - $week_start) / 7.0))
      ELSE local.year * 12 + local.month - 1 END AS period
  ORDER BY at, id
  WITH period, collect(CASE WHEN starts THEN [at, id] END)[0] AS start,
       collect(CASE WHEN returns THEN [at, id] END) AS back
  WITH period, start, back[-1] AS newest, CASE $clock WHEN 'elapsed' THEN back ELSE [] END AS back
  ORDER BY period
  RETURN collect({period: period, start: start, newest: newest, back: back}) AS seen
}
WITH seen, [one IN seen WHERE one.start IS NOT NULL] AS begun
WITH seen, CASE $cohort
  WHEN 'first_time' THEN [one IN begun[..1] WHERE
    ($start_at IS NULL OR one.start[0] >= $start_at.epochSeconds * 1000000 + $start_at.microsecond)
    AND ($end_at IS NULL OR one.start[0] < $end_at.epochSeconds * 1000000 + $end_at.microsecond)]
  ELSE begun END AS begun,
  CASE $interval WHEN 'week' THEN 7 * 86400000000 ELSE 86400000000 END AS span,
  CASE $measure WHEN 'bracket' THEN size($brackets) ELSE $periods END AS cells
UNWIND begun AS one
WITH one.period AS period, cells, CASE $clock
  WHEN 'elapsed' THEN reduce(found = [], each IN seen | found + [back IN each.back
    WHERE back[0] > one.start[0] OR (back[0] = one.start[0] AND back[1] >= one.start[1])
    | (back[0] - one.start[0]) / span])
  ELSE [each IN seen WHERE each.newest IS NOT NULL AND (each.period > one.period
    OR (each.period = one.period AND (each.newest[0] > one.start[0]
        OR (each.newest[0] = one.start[0] AND each.newest[1] >= one.start[1])))) | each.period - one.period] END AS later
WITH period, cells, CASE $measure
  WHEN 'unbounded' THEN CASE size(later) WHEN 0 THEN [] ELSE [reduce(most = 0, each IN later |
    CASE WHEN each > most THEN each ELSE most END)] END
  WHEN 'bracket' THEN [nr IN range(0, size($brackets) - 1)
    WHERE any(each IN later WHERE each >= $brackets[nr][0] AND each <= $brackets[nr][1])]
  ELSE CASE $clock WHEN 'elapsed' THEN [each IN range(0, cells - 1) WHERE each IN later]
    ELSE [each IN later WHERE each < cells] END END AS hits
UNWIND [-1] + hits AS hit
WITH cells, period, hit, count(*) AS people
WITH cells, period, collect([hit, people]) AS counts
UNWIND range(0, cells - 1) AS cell
WITH period, cell, counts, [one IN counts WHERE one[0] = -1 | one[1]][0] AS people,
     CASE $measure WHEN 'bracket' THEN $brackets[cell][0] ELSE cell END AS from_period,
     CASE $measure WHEN 'bracket' THEN $brackets[cell][1] WHEN 'n_day' THEN cell END AS to_period
WITH period, people, from_period, to_period,
     reduce(sum = 0, one IN counts | CASE
       WHEN one[0] = cell OR ($measure = 'unbounded' AND one[0] > cell) THEN sum + one[1] ELSE sum END) AS returned,
     CASE $clock WHEN 'elapsed' THEN period + 1 ELSE period + 1 + coalesce(to_period, from_period) END AS over
WITH period, people, from_period, to_period, returned, datetime({date: CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: over})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (over) * 7 + $week_start - 4})
    ELSE date({year: (over) / 12, month: (over) % 12 + 1}) END, timezone: $zone})
     + CASE $clock WHEN 'elapsed' THEN duration({seconds: (1 + coalesce(to_period, from_period)) * 86400
         * CASE $interval WHEN 'week' THEN 7 ELSE 1 END}) ELSE duration('PT0S') END AS over
WITH period, people, from_period, to_period,
     CASE WHEN over.epochSeconds <= coalesce($until, datetime()).epochSeconds THEN returned END AS returned
RETURN CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: period})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (period) * 7 + $week_start - 4})
    ELSE date({year: (period) / 12, month: (period) % 12 + 1}) END AS cohort_start,
       people, from_period, to_period, returned, returned * 1.0 / people AS rate
ORDER BY cohort_start, from_period
