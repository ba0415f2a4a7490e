// graphcdp.journey.retention(starts = null :: MAP, returns = null :: MAP, types = null :: LIST OF STRING,
//   measure = "n_day" :: STRING, periods = 8 :: INTEGER, brackets = [] :: LIST OF ANY, clock = "calendar" :: STRING,
//   cohort = "recurring" :: STRING, breakdown = null :: STRING, gap_seconds = 1800 :: INTEGER,
//   interval = "week" :: STRING, zone = "UTC" :: STRING, week_start = 1 :: INTEGER, until = null :: DATETIME,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (cohort_start :: DATE, value :: STRING, people :: INTEGER, from_period :: INTEGER, to_period :: INTEGER,
//       returned :: INTEGER, sessions :: INTEGER, events :: INTEGER, rate :: FLOAT)
// MODE READ
// Who came back: a cohort are the people with an event of `starts` in a period; a cell says how many of them did one of
// `returns` so many periods later. `measure`: `n_day` (in exactly that period), `unbounded` (then or later), `bracket`
// (in any period of `brackets`, a list of [from, to]). `clock`: `calendar` in `zone`, or `elapsed`, spans of 24 hours (of
// 7 days) since the first start of the period. `cohort`: `recurring`, or `first_time`, the first start ever. What cannot
// be known at `until` is null. `events`: how many returns; `sessions`: how many stays they lie in, cut at a silence of
// `gap_seconds` between returns. A row a cohort, cell and value of `breakdown` (a property of the event that begins, or
// profile.<attribute>). `starts`, `returns`, `within`: maps {types, where}, null is any event; `types` are all
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
     collect(person)[0] AS person, collect(identity) AS identities
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
  ORDER BY at, id
  RETURN collect(CASE WHEN starts THEN [at, id, period, value] END) AS starting,
         collect(CASE WHEN returns THEN [at, id, period] END) AS back
}
WITH back, CASE $cohort
  WHEN 'first_time' THEN [one IN starting[..1] WHERE
    ($start_at IS NULL OR one[0] >= $start_at.epochSeconds * 1000000 + $start_at.microsecond)
    AND ($end_at IS NULL OR one[0] < $end_at.epochSeconds * 1000000 + $end_at.microsecond)]
  ELSE reduce(found = [], one IN starting |
    CASE WHEN one[2] IN [each IN found | each[2]] THEN found ELSE found + [one] END) END AS begun,
  CASE $interval WHEN 'week' THEN 7 * 86400000000 ELSE 86400000000 END AS span,
  CASE $measure WHEN 'bracket' THEN size($brackets) ELSE $periods END AS cells
WITH back, begun, span, cells,
     reduce(stays = [], nr IN range(0, size(back) - 1) | stays + (coalesce(stays[-1], -1) + CASE
       WHEN nr = 0 OR back[nr][0] - back[nr - 1][0] >= $gap_seconds * 1000000 THEN 1 ELSE 0 END)) AS stays
UNWIND begun AS one
WITH one[2] AS period, one[3] AS value, cells,
     [nr IN range(0, size(back) - 1)
      WHERE back[nr][0] > one[0] OR (back[nr][0] = one[0] AND back[nr][1] >= one[1])
      | [CASE $clock WHEN 'elapsed' THEN (back[nr][0] - one[0]) / span ELSE back[nr][2] - one[2] END, stays[nr]]] AS later
WITH period, value, cells, [cell IN range(0, cells - 1) |
     [each IN later WHERE CASE $measure
        WHEN 'unbounded' THEN each[0] >= cell
        WHEN 'bracket' THEN each[0] >= $brackets[cell][0] AND each[0] <= $brackets[cell][1]
        ELSE each[0] = cell END | each[1]]] AS found
UNWIND [-1] + [cell IN range(0, cells - 1) WHERE size(found[cell]) > 0] AS hit
WITH period, value, cells, hit, count(*) AS people,
     sum(CASE WHEN hit >= 0 THEN size(found[hit]) ELSE 0 END) AS events,
     sum(CASE WHEN hit >= 0 THEN reduce(many = [0, -1], stay IN found[hit] |
       CASE WHEN stay = many[1] THEN many ELSE [many[0] + 1, stay] END)[0] ELSE 0 END) AS sessions
WITH period, value, cells, collect([hit, people, sessions, events]) AS counts
UNWIND range(0, cells - 1) AS cell
WITH period, value, head([one IN counts WHERE one[0] = -1 | one[1]]) AS people,
     coalesce(head([one IN counts WHERE one[0] = cell]), [cell, 0, 0, 0]) AS counted,
     CASE $measure WHEN 'bracket' THEN $brackets[cell][0] ELSE cell END AS from_period,
     CASE $measure WHEN 'bracket' THEN $brackets[cell][1] WHEN 'n_day' THEN cell END AS to_period
WITH period, value, people, from_period, to_period, counted,
     CASE $clock WHEN 'elapsed' THEN period + 1 ELSE period + 1 + coalesce(to_period, from_period) END AS over
WITH period, value, people, from_period, to_period, counted, datetime({date: CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: over})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (over) * 7 + $week_start - 4})
    ELSE date({year: (over) / 12, month: (over) % 12 + 1}) END, timezone: $zone})
     + CASE $clock WHEN 'elapsed' THEN duration({seconds: (1 + coalesce(to_period, from_period)) * 86400
         * CASE $interval WHEN 'week' THEN 7 ELSE 1 END}) ELSE duration('PT0S') END AS over
WITH period, value, people, from_period, to_period,
     CASE WHEN over.epochSeconds <= coalesce($until, datetime()).epochSeconds THEN counted END AS counted
RETURN CASE $interval
    WHEN 'day' THEN date('1970-01-01') + duration({days: period})
    WHEN 'week' THEN date('1970-01-01') + duration({days: (period) * 7 + $week_start - 4})
    ELSE date({year: (period) / 12, month: (period) % 12 + 1}) END AS cohort_start,
       value, people, from_period, to_period, counted[1] AS returned, counted[2] AS sessions, counted[3] AS events,
       counted[1] * 1.0 / people AS rate
ORDER BY cohort_start, value, from_period
LIMIT 100000
