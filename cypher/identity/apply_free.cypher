// graphcdp.identity.apply_free(max_links :: INTEGER) :: (key :: STRING)
// MODE WRITE
// INTERNAL
// Lets identities link again that are quarantined, and would not be under rules with that limit. Their links, and whom
// they lead to, are still to be decided.
MATCH (one:Identity {hub: 'quarantined'})
WHERE COUNT { (one)-[:LINKED]-() } <= $max_links
SET one.hub = null
WITH one
CALL (one) {
  MATCH (one)-[link:LINKED {because: 'hub'}]-(other:Identity)
  WHERE coalesce(other.hub, '') <> 'quarantined'
  SET link.because = null
  WITH other
  MATCH (other)<-[:HAS_IDENTITY]-(p:Profile)
  SET p.decided_by = null
}
WITH one
OPTIONAL MATCH (one)<-[:HAS_IDENTITY]-(p:Profile)
SET p.decided_by = null
RETURN one.key AS key
