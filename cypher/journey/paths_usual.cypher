// graphcdp.journey.paths_usual(anchor_types = null :: LIST OF STRING, anchor_at = "first" :: STRING,
//   before = 0 :: INTEGER, after = 5 :: INTEGER, item = "type" :: STRING, most = 50 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, start_at = null :: DATETIME, end_at = null :: DATETIME,
//   alike = null :: LIST OF ANY)
//   :: (path :: LIST OF STRING, sequences :: INTEGER, people :: INTEGER, total :: INTEGER)
// MODE READ
// INTERNAL
// What graphcdp.journey.paths answers, sooner: of people as they are, all that each did in one sequence, where the anchor
// is chosen by type alone (or there is none), and equal neighbours are not one.
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
  WITH ts, event.id AS id, toString(item) AS item,
       CASE WHEN $anchor_types IS NOT NULL THEN event.type IN $anchor_types END AS mark
  ORDER BY ts, id
  RETURN collect(item) AS items, collect(mark) AS marked
}
WITH items, size(items) AS many, CASE
  WHEN $anchor_types IS NULL THEN CASE $anchor_at WHEN 'first' THEN 0 ELSE size(items) - 1 END
  WHEN $anchor_at = 'first' THEN head([place IN range(0, size(items) - 1) WHERE marked[place] | place])
  ELSE last([place IN range(0, size(items) - 1) WHERE marked[place] | place]) END AS zero
WHERE many > 0 AND zero IS NOT NULL
WITH CASE WHEN $before > zero THEN ['(entry)'] + items[..zero + $after + 1]
          ELSE items[zero - $before..zero + $after + 1] END
     + CASE WHEN zero + $after >= many THEN ['(exit)'] ELSE [] END AS path
WITH path, count(*) AS sequences, count(*) AS people
ORDER BY sequences DESC, path
WITH collect([path, sequences, people])[..$most] AS top, sum(sequences) AS total
UNWIND top AS one
RETURN one[0] AS path, one[1] AS sequences, one[2] AS people, total
ORDER BY sequences DESC, path
