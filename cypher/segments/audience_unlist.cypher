// graphcdp.segments.audience_unlist(id :: STRING, run :: STRING, most = 1000 :: INTEGER) :: (removed :: INTEGER, left :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Takes up to so many out of an audience whom a run did not list; `left` are their profiles.
MATCH (audience:Audience {id: $id})<-[listed:LISTED_IN]-(identity:Identity)
WHERE listed.run <> $run
WITH listed, identity LIMIT $most
OPTIONAL MATCH (person:Profile)-[:HAS_IDENTITY]->(identity)
WITH listed, person.id AS who
DELETE listed
RETURN count(*) AS removed, collect(who) AS left
