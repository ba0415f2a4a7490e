// graphcdp.profile.identities_by_keys(keys :: LIST OF STRING)
//   :: (key :: STRING, namespace :: STRING, value :: STRING, first_seen :: DATETIME, last_seen :: DATETIME,
//       known_from :: DATETIME, valid_from :: DATETIME)
// MODE READ
// Identities by their keys (`namespace|value`), and since when each belongs to its present profile.
UNWIND $keys AS key
MATCH (i:Identity {key: key})
OPTIONAL MATCH (i)<-[held:HAS_IDENTITY]-(:Profile)
RETURN key, i.namespace AS namespace, i.value AS value, i.first_seen AS first_seen, i.last_seen AS last_seen,
       i.known_from AS known_from, held.valid_from AS valid_from
