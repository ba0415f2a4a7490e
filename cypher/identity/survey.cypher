// graphcdp.identity.survey(after_id :: STRING, page_size = 2000 :: INTEGER)
//   :: (last_id :: STRING, profiles :: LIST OF ANY)
// MODE READ
// INTERNAL
// All profiles with what decides about them, many in one record, in the order of their ids; the next page begins after
// `last_id`, which is null at the end. A profile: founder, identities; an identity: key, first seen (microseconds),
// number of events, hub, counts_as, links that begin at it: the other key, and 1 for cut, 2 for pinned, else 0.
MATCH (p:Profile)
WHERE p.id > $after_id
WITH p ORDER BY p.id LIMIT $page_size
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
  CALL (one) {
    MATCH (one)-[link:LINKED]->(other:Identity)
    WHERE link.count > 0 OR link.state IN ['cut', 'pinned']
    RETURN collect([other.key, CASE link.state WHEN 'cut' THEN 1 WHEN 'pinned' THEN 2 ELSE 0 END]) AS links
  }
  RETURN collect([one.key, one.first_seen.epochSeconds * 1000000 + one.first_seen.microsecond,
                  COUNT { (one)-[:PERFORMED]->() }, one.hub, one.counts_as, links]) AS identities
}
WITH p.id AS id, [p.founder, identities] AS profile
RETURN max(id) AS last_id, collect(profile) AS profiles
