// graphcdp.identity.state(keys :: LIST OF STRING)
//   :: (key :: STRING, first_seen :: DATETIME, last_seen :: DATETIME, profile_id :: STRING, identity_count :: INTEGER,
//       limited :: LIST OF STRING, founder :: STRING, founder_seen :: DATETIME, latest_evidence :: DATETIME,
//       profile_first_seen :: DATETIME, profile_last_seen :: DATETIME, region_id :: STRING, region_latest :: DATETIME,
//       region_decided :: BOOLEAN, decided_by :: STRING, hub :: STRING, links :: INTEGER)
// MODE READ
// INTERNAL
// What stands about some identities and the profiles that hold them. No row for an identity never seen. An identity has
// `links` links at most; where there can be many, they are counted.
UNWIND $keys AS wanted
MATCH (one:Identity {key: wanted})
OPTIONAL MATCH (one)<-[:HAS_IDENTITY]-(profile:Profile)
OPTIONAL MATCH (profile)-[:IN_REGION]->(region:Region)
RETURN wanted AS key, one.first_seen AS first_seen, one.last_seen AS last_seen, profile.id AS profile_id,
       profile.identity_count AS identity_count, profile.limited AS limited, profile.founder AS founder,
       profile.founder_seen AS founder_seen, profile.latest_evidence AS latest_evidence,
       profile.first_seen AS profile_first_seen, profile.last_seen AS profile_last_seen,
       region.id AS region_id, region.latest_evidence AS region_latest, region.decided AS region_decided,
       profile.decided_by AS decided_by, one.hub AS hub,
       CASE WHEN region IS NULL AND one.beside_hub IS NULL AND profile.identity_count < 11 THEN profile.identity_count - 1
            ELSE COUNT { (one)-[:LINKED]-() } END AS links
