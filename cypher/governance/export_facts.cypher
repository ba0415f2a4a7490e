// graphcdp.governance.export_facts(profile_id :: STRING, after_ts = null :: DATETIME, after_id = null :: STRING,
//   page_size = 2000 :: INTEGER)
//   :: (id :: STRING, ts :: DATETIME, type :: STRING, channel :: STRING, source :: STRING, dataset :: STRING,
//       received_at :: DATETIME, identity_keys :: LIST OF STRING, attributes :: STRING, payload :: STRING)
// MODE READ
// INTERNAL
// What a person did and what was stated of them, in order of time and id, a page after the other.
MATCH (:Profile {id: $profile_id})-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED|STATED]->(fact)
WHERE $after_ts IS NULL OR fact.ts > $after_ts OR (fact.ts = $after_ts AND fact.id > $after_id)
WITH fact ORDER BY fact.ts, fact.id LIMIT $page_size
RETURN fact.id AS id, fact.ts AS ts, fact.type AS type, fact.channel AS channel, fact.source AS source,
       fact.dataset AS dataset, fact.received_at AS received_at, fact.identity_keys AS identity_keys,
       fact.attributes AS attributes, fact.payload AS payload
