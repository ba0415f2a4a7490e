// graphcdp.journey.flow_usual(anchor_types = null :: LIST OF STRING, anchor_at = "first" :: STRING,
//   before = 0 :: INTEGER, after = 5 :: INTEGER, item = "type" :: STRING, top_n = 10 :: INTEGER, min_share = 0.0 :: FLOAT,
//   segment = null :: STRING, ids = null :: LIST OF STRING, start_at = null :: DATETIME, end_at = null :: DATETIME,
//   alike = null :: LIST OF ANY)
//   :: (step :: INTEGER, source :: STRING, target :: STRING, sequences :: INTEGER)
// MODE READ
// INTERNAL
// What graphcdp.journey.flow answers, sooner: of people as they are, all that each did in one sequence, where the anchor
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
WITH CASE WHEN $before > zero THEN - zero - 1 ELSE - $before END AS first,
     CASE WHEN $before > zero THEN ['(entry)'] + items[..zero + $after + 1]
          ELSE items[zero - $before..zero + $after + 1] END
     + CASE WHEN zero + $after >= many THEN ['(exit)'] ELSE [] END AS path
UNWIND range(0, size(path) - 2) AS place
WITH first + place AS step, path[place] AS source, path[place + 1] AS target, place = 0 AS begins, count(*) AS many
WITH collect([step, source, target, many, begins]) AS links
// a column is what its links lead to, and what begins there
CALL (links) {
  UNWIND links AS link
  UNWIND CASE WHEN link[4] THEN [0, 1] ELSE [1] END AS side
  WITH link[0] + side AS column, link[1 + side] AS item, sum(link[3]) AS many
  ORDER BY many DESC, item
  WITH column, collect([item, many]) AS ranked, sum(many) AS total
  WITH column, total, [pair IN ranked WHERE NOT pair[0] IN ['(entry)', '(exit)']][..$top_n] AS top
  RETURN collect([column, ['(entry)', '(exit)'] + [pair IN top WHERE pair[1] >= $min_share * total | pair[0]]])
         AS columns
}
UNWIND links AS link
WITH link[0] AS step, link[3] AS many,
     CASE WHEN any(column IN columns WHERE column[0] = link[0] AND link[1] IN column[1])
          THEN link[1] ELSE '(other)' END AS source,
     CASE WHEN any(column IN columns WHERE column[0] = link[0] + 1 AND link[2] IN column[1])
          THEN link[2] ELSE '(other)' END AS target
WITH step, source, target, sum(many) AS sequences
RETURN step, source, target, sequences
ORDER BY step, sequences DESC, source, target
