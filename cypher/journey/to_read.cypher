// graphcdp.journey.to_read(segment = null :: STRING, ids = null :: LIST OF STRING) :: (events :: INTEGER)
// MODE READ
// INTERNAL
// How many events a journey would read: all, or those of a segment's members or of some people. Nothing is scanned: all
// events come from the count store, a person's from the degrees of the identities.
CALL () {
  UNWIND CASE WHEN $segment IS NULL AND $ids IS NULL THEN [1] ELSE [] END AS everyone
  MATCH (event:Event)
  RETURN count(event) AS events
  UNION ALL
  UNWIND CASE WHEN $ids IS NULL AND $segment IS NOT NULL THEN [$segment] ELSE [] END AS wanted
  MATCH (:Segment {id: wanted})<-[:MEMBER_OF]-(:Profile)-[:HAS_IDENTITY]->(identity:Identity)
  RETURN sum(COUNT { (identity)-[:PERFORMED]->() }) AS events
  UNION ALL
  UNWIND coalesce($ids, []) AS wanted
  MATCH (person:Profile {id: wanted})-[:HAS_IDENTITY]->(identity:Identity)
  WHERE $segment IS NULL OR EXISTS { (person)-[:MEMBER_OF]->(:Segment {id: $segment}) }
  RETURN sum(COUNT { (identity)-[:PERFORMED]->() }) AS events
}
RETURN sum(events) AS events
