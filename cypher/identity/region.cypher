// graphcdp.identity.region(keys :: LIST OF STRING, anonymous = false :: BOOLEAN, known_by = null :: DATETIME)
//   :: (identities :: LIST OF ANY, facts :: LIST OF ANY, links :: LIST OF ANY)
// MODE READ
// INTERNAL
// Everything that decides who is who around some identities: all that was ever linked to them, through links of any
// state, but not through what a quarantined identity joins. An identity: key, first_seen, last_seen, counts_as, hub,
// profile id. A fact: id, ts, identity keys; evidence, and with `anonymous` also facts that carry one thing alone. A
// link: the two keys, state (`cut` or `pinned`), decided_at. `known_by`: only what had been received by then.
CALL () {
  UNWIND $keys AS start_key
  MATCH (start:Identity {key: start_key})
  MATCH (start)-[links:LINKED*0..]-(near:Identity)
  WHERE all(link IN links WHERE link.because IS NULL OR link.because <> 'hub')
  RETURN collect(DISTINCT near) AS near
}
CALL (near) {
  UNWIND near AS one
  MATCH (one)-[:LINKED {because: 'hub'}]-(hub:Identity {hub: 'quarantined'})
  WITH DISTINCT hub, near
  WHERE NOT hub IN near
  RETURN collect(hub) AS hubs
}
CALL () {
  OPTIONAL MATCH (:RuleSet {active: true})-[:RANKS]->(thing:Namespace)
  WHERE thing.kind <> 'person'
  RETURN collect(thing.name) AS things
}
WITH near, hubs, things, [one IN near | one.key] AS near_keys
CALL (near, hubs, near_keys, things) {
  CALL (near, hubs, near_keys, things) {
    UNWIND near AS one
    MATCH (one)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    RETURN fact
    UNION
    UNWIND hubs AS hub
    MATCH (hub)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    WHERE any(key IN fact.identity_keys WHERE key IN near_keys)
    RETURN fact
    UNION
    UNWIND CASE WHEN $anonymous THEN near ELSE [] END AS one
    WITH one WHERE one.namespace IN things
    MATCH (one)-[:PERFORMED|STATED|LENT]->(fact)
    WHERE size(fact.identity_keys) = 1
    RETURN fact
  }
  WITH fact WHERE $known_by IS NULL OR fact.received_at <= $known_by
  RETURN collect([fact.id, fact.ts, fact.identity_keys]) AS facts
}
CALL (near, hubs) {
  UNWIND near + hubs AS low
  MATCH (low)-[link:LINKED WHERE link.state IN ['cut', 'pinned']]->(high:Identity)
  WHERE $known_by IS NULL OR link.decided_at IS NULL OR link.decided_at <= $known_by
  RETURN collect([low.key, high.key, link.state, link.decided_at]) AS links
}
CALL (near, hubs) {
  UNWIND near + hubs AS one
  OPTIONAL MATCH (one)<-[:HAS_IDENTITY]-(holder:Profile)
  RETURN collect([one.key, one.first_seen, one.last_seen, one.counts_as, one.hub, holder.id]) AS identities
}
RETURN identities, facts, links
