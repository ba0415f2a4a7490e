// graphcdp.identity.household(namespace :: STRING, value :: STRING)
//   :: (household_id :: STRING, profile_id :: STRING, name :: STRING, identities :: LIST OF STRING,
//       because :: LIST OF STRING, since :: DATETIME)
// MODE READ
// Who lives with the person who holds an identity, as of the last refresh of households: one row a member, the person
// too, each with what is shared with another member (`device|…`, `address|…`, `card|…`). No row: the identity was never
// seen, or the person is in no household.
MATCH (:Identity {key: $namespace + '|' + $value})<-[:HAS_IDENTITY]-(:Profile)-[:IN_HOUSEHOLD]->(h:Household)
MATCH (h)<-[placed:IN_HOUSEHOLD]-(p:Profile)
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(i:Identity)
  WITH i.key AS key ORDER BY key
  RETURN collect(key) AS identities
}
RETURN h.id AS household_id, p.id AS profile_id,
       trim(coalesce(p['a_first_name'], '') + ' ' + coalesce(p['a_last_name'], '')) AS name, identities,
       placed.because AS because, placed.since AS since
ORDER BY profile_id
