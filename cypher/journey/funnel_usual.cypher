// graphcdp.journey.funnel_usual(places :: MAP, many :: INTEGER, conditions = null :: MAP,
//   window_seconds = 1209600 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, start_at = null :: DATETIME, end_at = null :: DATETIME,
//   alike = null :: LIST OF ANY)
//   :: (value :: STRING, step :: INTEGER, people :: INTEGER, stopped :: INTEGER, excluded :: INTEGER,
//       no_later_event :: INTEGER, window_expired :: INTEGER, excluded_by :: INTEGER, tie_refused :: INTEGER,
//       not_next :: INTEGER, identity_split :: INTEGER, total_median :: FLOAT, next_mean :: FLOAT,
//       next_quantiles :: LIST OF FLOAT, lowest :: FLOAT, bin_seconds :: FLOAT, bins :: LIST OF INTEGER,
//       sessions :: INTEGER)
// MODE READ
// INTERNAL
// What graphcdp.journey.funnel answers, sooner: for an ordered funnel of people as they are, whose steps name the types
// of their events, each type of one step (`places`: from a type to its step, from 0; `many` steps), and all else as usual.
// `conditions`: from a type to the options of atoms of its step, for steps that have any; null: none has.
// `alike`: only events whose properties have these values, each [property, value].
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
WITH person, keys($places) AS types, range(0, $many - 1) AS places, $window_seconds * 1000000 AS span
CALL (person, types) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE event.type IN types
    AND ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($alike IS NULL OR all(pair IN $alike WHERE event[pair[0]] = pair[1]))
    AND ($conditions IS NULL OR $conditions[event.type] IS NULL
      OR any(option IN $conditions[event.type] WHERE all(atom IN option WHERE
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
        WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))
  WITH event.ts AS ts, $places[event.type] AS place, event.id AS id
  ORDER BY ts, place, id
  RETURN collect([ts.epochSeconds * 1000000 + ts.microsecond, place]) AS seen
}
// of each place the newest try that reached it: its instants (a new list each time: lists put together from parts of
// lists are not copied, and those of someone with thousands of events would be too deep to read)
WITH seen, reduce(state = [place IN places | null], one IN seen | CASE
  WHEN state[-1] IS NOT NULL THEN state
  WHEN one[1] = 0 OR state[one[1] - 1][0] + span >= one[0]
  THEN [place IN places | CASE WHEN place <> one[1] THEN state[place] WHEN place = 0 THEN [one[0]]
                               ELSE state[place - 1] + one[0] END]
  ELSE state END) AS state
WITH seen, [each IN state WHERE each IS NOT NULL][-1] AS chain
WHERE chain IS NOT NULL
WITH chain, size(chain) AS level, CASE
  WHEN size(chain) = $many THEN null
  WHEN any(one IN seen WHERE one[1] = size(chain) AND one[0] >= chain[-1]) THEN 'window_expired'
  ELSE 'no_later_event' END AS reason
UNWIND range(1, $many) AS step
WITH step, level, CASE WHEN level = step THEN reason END AS reason,
     CASE WHEN level > step THEN (chain[step] - chain[step - 1]) / 1000000.0 END AS next,
     CASE WHEN level >= step THEN (chain[step - 1] - chain[0]) / 1000000.0 END AS total
WITH step, sum(CASE WHEN level >= step THEN 1 ELSE 0 END) AS people,
     sum(CASE WHEN level = step THEN 1 ELSE 0 END) AS stopped,
     sum(CASE WHEN reason = 'no_later_event' THEN 1 ELSE 0 END) AS no_later_event,
     sum(CASE WHEN reason = 'window_expired' THEN 1 ELSE 0 END) AS window_expired,
     percentileCont(total, 0.5) AS total_median, avg(next) AS next_mean,
     [percentileCont(next, 0.1), percentileCont(next, 0.25), percentileCont(next, 0.5), percentileCont(next, 0.75),
      percentileCont(next, 0.9)] AS next_quantiles,
     collect(next) AS times, min(next) AS lowest, max(next) AS highest
WITH *, reduce(least = 1, wished IN range(2, 60) | CASE WHEN (wished - 1) * (wished - 1) * (wished - 1) < size(times)
                                                        THEN wished ELSE least END) AS wished
WITH *, CASE WHEN highest > lowest THEN ceil((highest - lowest) / wished) ELSE 1.0 END AS width
RETURN null AS value, step, people, stopped, 0 AS excluded, no_later_event, window_expired, 0 AS excluded_by,
       0 AS tie_refused, 0 AS not_next, 0 AS identity_split, total_median, next_mean,
       CASE WHEN lowest IS NOT NULL THEN next_quantiles END AS next_quantiles, lowest,
       CASE WHEN lowest IS NOT NULL THEN width END AS bin_seconds,
       CASE WHEN lowest IS NOT NULL THEN [bin IN range(0, wished - 1) | size([time IN times WHERE
         toInteger((time - lowest) / width) = bin OR (bin = wished - 1 AND time - lowest >= width * wished)])]
       END AS bins, null AS sessions
ORDER BY step
