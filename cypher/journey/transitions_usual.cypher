// graphcdp.journey.transitions_usual(item = "type" :: STRING, most = 500 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, start_at = null :: DATETIME, end_at = null :: DATETIME,
//   alike = null :: LIST OF ANY)
//   :: (source :: STRING, target :: STRING, times :: INTEGER, people :: INTEGER, mean_seconds :: FLOAT,
//       sessions :: INTEGER)
// MODE READ
// INTERNAL
// What graphcdp.journey.transitions answers, sooner: of people as they are, all that each did in one sequence, and equal
// neighbours are not one.
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
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event)
  WITH event, event.ts AS ts, CASE $item WHEN 'type' THEN event.type ELSE event[$item] END AS item
  WHERE item IS NOT NULL AND ($start_at IS NULL OR ts >= $start_at) AND ($end_at IS NULL OR ts < $end_at)
    AND ($alike IS NULL OR all(pair IN $alike WHERE event[pair[0]] = pair[1]))
  WITH ts, event.id AS id, toString(item) AS item
  ORDER BY ts, id
  RETURN collect(item) AS items, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
}
WITH person, items, at, size(items) AS many
WHERE many > 0
UNWIND range(0, many) AS place
WITH person, CASE place WHEN 0 THEN '(entry)' ELSE items[place - 1] END AS source,
     CASE place WHEN many THEN '(exit)' ELSE items[place] END AS target,
     CASE WHEN 0 < place AND place < many THEN (at[place] - at[place - 1]) / 1000000.0 END AS gap
WITH source, target, count(*) AS times, count(DISTINCT person) AS people, avg(gap) AS mean_seconds
RETURN source, target, times, people, mean_seconds, null AS sessions
ORDER BY times DESC, source, target
LIMIT $most
