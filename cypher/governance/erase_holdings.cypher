// graphcdp.governance.erase_holdings(profile_id :: STRING)
//   :: (key :: STRING, namespace :: STRING, value :: STRING, founds :: STRING, others :: LIST OF ANY)
// MODE READ
// INTERNAL
// The identities of a profile, each with those of others that it was ever linked to: key, namespace, state of the link,
// and to how many identities outside the profile that one was linked itself.
MATCH (p:Profile {id: $profile_id})-[:HAS_IDENTITY]->(one:Identity)
CALL (p, one) {
  MATCH (one)-[link:LINKED]-(other:Identity)
  WHERE NOT (p)-[:HAS_IDENTITY]->(other)
  CALL (p, one, other) {
    MATCH (other)-[:LINKED]-(third:Identity)
    WHERE third <> one AND NOT (p)-[:HAS_IDENTITY]->(third)
    RETURN count(third) AS elsewhere
  }
  RETURN collect([other.key, other.namespace, link.state, elsewhere]) AS others
}
RETURN one.key AS key, one.namespace AS namespace, one.value AS value, one.founds AS founds, others
ORDER BY key
