// graphcdp.identity.apply_page(after_id :: STRING, version :: STRING, page_size :: INTEGER)
//   :: (last_id :: STRING, looked :: INTEGER, profiles :: LIST OF ANY)
// MODE READ
// INTERNAL
// Of the next profiles in the order of their ids those that other rules than a version decided. `last_id` is null at the
// end. A profile: id, founder, decided_by, identities; an identity: key, first seen (microseconds), number of links, hub,
// counts_as, links: the other key, state, and whether the other is a quarantined hub.
MATCH (p:Profile)
WHERE p.id > $after_id
WITH p ORDER BY p.id LIMIT $page_size
WITH collect(p) AS page
CALL (page) {
  UNWIND page AS p
  WITH p WHERE coalesce(p.decided_by, '') <> $version
  CALL (p) {
    MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
    CALL (one) {
      MATCH (one)-[link:LINKED]-(other:Identity)
      WHERE link.count > 0 OR link.state IN ['cut', 'pinned']
      RETURN collect([other.key, link.state, coalesce(other.hub, '') = 'quarantined']) AS links
    }
    RETURN collect([one.key, one.first_seen.epochSeconds * 1000000 + one.first_seen.microsecond,
                    COUNT { (one)-[:LINKED]-() }, one.hub, one.counts_as, links]) AS identities
  }
  RETURN collect([p.id, p.founder, p.decided_by, identities]) AS profiles
}
RETURN page[-1].id AS last_id, size(page) AS looked, profiles
