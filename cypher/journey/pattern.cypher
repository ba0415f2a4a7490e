// graphcdp.journey.pattern(elements :: LIST OF MAP, window_seconds = 1209600 :: INTEGER,
//   session_gap_seconds = null :: INTEGER, most_span = 200 :: INTEGER,
//   after_who = null :: STRING, page_size = 100 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (who :: STRING, profile_id :: STRING, matches :: INTEGER, event_ids :: LIST OF STRING,
//       times :: LIST OF DATETIME, types :: LIST OF STRING, sessions :: INTEGER)
// MODE READ
// Who did what a pattern says, by id, a page behind `after_who`, with the first match: `elements` in order, each {types,
// where, negated, low, high, later}: `low` to `high` events that fit (`negated`: that do not) right after the one before,
// or, with `later`, one event anywhere after it. With `session_gap_seconds` no silence of so long lies within a match, and
// `sessions` is in how many stretches between such silences there is one. `graphcdp journey pattern "…" --call` writes
// the call.
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
     max(person.id) AS profile, collect(identity) AS identities
WHERE $after_who IS NULL OR who > $after_who
CALL (identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($within IS NULL OR (
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
        WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))))
  WITH event.id AS id, event.type AS type, event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at,
    [nr IN range(0, size($elements) - 1) WHERE coalesce($elements[nr].negated, false) <> (
      ($elements[nr].types IS NULL OR event.type IN $elements[nr].types)
      AND ($elements[nr].where IS NULL OR any(option IN $elements[nr].where WHERE all(atom IN option WHERE
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
        WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))] AS fit
  ORDER BY at, id
  RETURN collect(at) AS times, collect(id) AS event_ids, collect(type) AS types, collect(fit) AS fits
}
// from each event that fits the first element: for each event that the match may have reached, its best way there
CALL (times, fits) {
  UNWIND range(0, size(times) - 1) AS began
  WITH began WHERE 0 IN fits[began]
  WITH began, [each IN range(began, began + $most_span - 1) WHERE times[each] <= times[began] + $window_seconds * 1000000][-1]
         AS bound
  WITH began, CASE WHEN $session_gap_seconds IS NULL THEN bound ELSE coalesce([each IN range(began + 1, bound)
         WHERE times[each] - times[each - 1] >= $session_gap_seconds * 1000000][0] - 1, bound) END AS bound
  WITH began, reduce(ways = [[began]], nr IN range(1, size($elements) - 1) | CASE
    WHEN size(ways) = 0 THEN ways
    WHEN coalesce($elements[nr].later, false)
    THEN [step IN range(ways[0][-1] + 1, bound) WHERE nr IN fits[step] | ways[0] + step]
    ELSE [way IN [reached IN range(ways[0][-1] + coalesce($elements[nr].low, 1),
                                   CASE WHEN ways[-1][-1] + coalesce($elements[nr].high, 1) < bound
                                        THEN ways[-1][-1] + coalesce($elements[nr].high, 1) ELSE bound END) |
            head([way IN ways WHERE way[-1] + coalesce($elements[nr].low, 1) <= reached
                    AND reached <= way[-1] + coalesce($elements[nr].high, 1)
                    AND all(step IN range(way[-1] + 1, reached) WHERE nr IN fits[step])
                  | way + range(way[-1] + 1, reached)])]
          WHERE way IS NOT NULL] END) AS ways
  WITH began, ways[0] AS path WHERE path IS NOT NULL
  WITH path ORDER BY began
  RETURN count(path) AS matches, collect(path)[0] AS path, collect(path[0]) AS begun
}
WITH who, profile, event_ids, types, times, matches, path, begun WHERE matches > 0
WITH who, profile, event_ids, types, times, matches, path, begun ORDER BY who LIMIT $page_size
RETURN who, profile AS profile_id, matches, [place IN path | event_ids[place]] AS event_ids,
       [place IN path | datetime({epochSeconds: times[place] / 1000000, nanosecond: times[place] % 1000000 * 1000})]
         AS times,
       [place IN path | types[place]] AS types,
       CASE WHEN $session_gap_seconds IS NOT NULL THEN size([nr IN range(0, size(begun) - 1) WHERE nr = 0
         OR any(each IN range(begun[nr - 1] + 1, begun[nr])
                WHERE times[each] - times[each - 1] >= $session_gap_seconds * 1000000)]) END AS sessions
ORDER BY who
