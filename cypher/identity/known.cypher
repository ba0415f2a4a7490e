// graphcdp.identity.known(keys :: LIST OF STRING) :: (key :: STRING, profile_id :: STRING)
// MODE READ
// Which of these identities (keys `namespace|value`) were ever seen, and whose each is.
UNWIND $keys AS key
MATCH (:Identity {key: key})<-[:HAS_IDENTITY]-(p:Profile)
RETURN key, p.id AS profile_id
