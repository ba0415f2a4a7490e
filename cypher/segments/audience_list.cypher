// graphcdp.segments.audience_list(id :: STRING, rows :: LIST OF ANY, at :: DATETIME, run :: STRING)
//   :: (listed :: INTEGER, entered :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Lists some people in an audience. A row: profile id or null, key of an identity or null: the profile's founder is
// listed, or the identity. `entered` are the profiles of those that were not in it.
MATCH (audience:Audience {id: $id})
CALL (audience) {
  UNWIND $rows AS row
  CALL (row) {
    WITH row WHERE row[0] IS NOT NULL
    MATCH (person:Profile {id: row[0]})
    MATCH (identity:Identity {key: person.founder})
    RETURN identity
    UNION ALL
    WITH row WHERE row[0] IS NULL
    MATCH (identity:Identity {key: row[1]})
    RETURN identity
  }
  WITH audience, identity, EXISTS { (identity)-[:LISTED_IN]->(audience) } AS before
  MERGE (identity)-[listed:LISTED_IN]->(audience)
    ON CREATE SET listed.at = $at
  SET listed.run = $run
  WITH identity, before
  OPTIONAL MATCH (person:Profile)-[:HAS_IDENTITY]->(identity)
  RETURN count(*) AS listed, collect(CASE WHEN NOT before THEN person.id END) AS entered
}
RETURN listed, entered
