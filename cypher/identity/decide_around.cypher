// graphcdp.identity.decide_around(keys :: LIST OF STRING)
//   :: (profile_id :: STRING, founder :: STRING, identities :: LIST OF ANY, latest_evidence :: DATETIME,
//       first_seen :: DATETIME, last_seen :: DATETIME, region_id :: STRING, region_latest :: DATETIME,
//       decided_by :: STRING)
// MODE READ
// INTERNAL
// The profiles that a decision about some identities can change: those that hold them, those of the same region, those
// one link away. An identity is [key, what it counts as].
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})<-[:HAS_IDENTITY]-(near:Profile)
WITH DISTINCT near
CALL (near) {
  RETURN near AS profile
  UNION
  MATCH (near)-[:IN_REGION]->(:Region)<-[:IN_REGION]-(profile:Profile)
  RETURN profile
  UNION
  MATCH (near)-[:HAS_IDENTITY]->(:Identity)-[:LINKED]-(:Identity)<-[:HAS_IDENTITY]-(profile:Profile)
  RETURN profile
}
WITH DISTINCT profile
OPTIONAL MATCH (profile)-[:IN_REGION]->(region:Region)
MATCH (profile)-[:HAS_IDENTITY]->(one:Identity)
WITH profile, region, one ORDER BY one.key
WITH profile, region, collect([one.key, coalesce(one.counts_as, one.key)]) AS identities
RETURN profile.id AS profile_id, profile.founder AS founder, identities, profile.latest_evidence AS latest_evidence,
       profile.first_seen AS first_seen, profile.last_seen AS last_seen, region.id AS region_id,
       region.latest_evidence AS region_latest, profile.decided_by AS decided_by
