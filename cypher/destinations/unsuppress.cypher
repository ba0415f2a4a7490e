// graphcdp.destinations.unsuppress(ids :: LIST OF STRING) :: (removed :: INTEGER, profiles :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Takes identities off the list of those that nothing is sent to; says whose they are.
UNWIND $ids AS id
MATCH (listed:Suppression {id: id})
WITH listed, listed.key AS key
DELETE listed
WITH key
OPTIONAL MATCH (:Identity {key: key})<-[:HAS_IDENTITY]-(person:Profile)
RETURN count(key) AS removed, collect(DISTINCT person.id) AS profiles
