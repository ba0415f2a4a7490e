// graphcdp.identity.likely_people(after :: STRING, page_size :: INTEGER)
//   :: (id :: STRING, first_name :: STRING, last_name :: STRING, birth_date :: STRING, street :: STRING,
//       postcode :: STRING, email :: STRING, phone :: STRING)
// MODE READ
// INTERNAL
// What people can be compared by, in the order of their ids, from the one after `after`. An identity counts before an
// attribute; of several the first by key.
MATCH (p:Profile) WHERE p.id > $after AND p.facts IS NOT NULL
WITH p ORDER BY p.id LIMIT $page_size
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(one:Identity) WHERE one.namespace IN ['email', 'phone']
  RETURN min(CASE one.namespace WHEN 'email' THEN one.value END) AS email,
         min(CASE one.namespace WHEN 'phone' THEN one.value END) AS phone
}
RETURN p.id AS id, toStringOrNull(p.a_first_name) AS first_name, toStringOrNull(p.a_last_name) AS last_name,
       toStringOrNull(p.a_birth_date) AS birth_date, toStringOrNull(p.a_street) AS street,
       toStringOrNull(p.a_postcode) AS postcode, coalesce(email, toStringOrNull(p.a_email)) AS email,
       coalesce(phone, toStringOrNull(p.a_phone)) AS phone
ORDER BY id
