// graphcdp.identity.explain_graph(from_key :: STRING, to_key :: STRING, max_events = 3 :: INTEGER, oldest = false :: BOOLEAN)
//   :: (path :: PATH)
// MODE READ
// What `identity.explain` says, to look at: the person, the strongest chain of links in force between two identities
// (keys `namespace|value`), and the newest (with `oldest` the oldest) events that showed each link. Neo4j Browser draws
// the paths. No row: they are two people, or one of them was never seen.
MATCH (origin:Identity {key: $from_key})<-[:HAS_IDENTITY]-(p:Profile)-[:HAS_IDENTITY]->(target:Identity {key: $to_key})
WHERE origin <> target
CALL (p, origin, target) {
  CALL (p) {
    MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[any_link:LINKED WHERE any_link.state IN ['active', 'pinned']]->(:Identity)
    RETURN DISTINCT any_link.count AS strength
  }
  WITH origin, target, strength
  MATCH SHORTEST 1 (origin)((:Identity)-[link:LINKED WHERE link.state IN ['active', 'pinned'] AND link.count >= strength]-(:Identity))+(target)
  RETURN max(strength) AS bottleneck
}
CALL (origin, target, bottleneck) {
  MATCH chain = ALL SHORTEST (origin)((:Identity)-[link:LINKED WHERE link.state IN ['active', 'pinned'] AND link.count >= bottleneck]-(:Identity))+(target)
  WITH chain, reduce(oldest = head(link).last_seen, one IN link |
                     CASE WHEN one.last_seen < oldest THEN one.last_seen ELSE oldest END) AS oldest
  ORDER BY oldest DESC, [one IN nodes(chain) | one.key + ''] LIMIT 1
  RETURN chain
}
CALL (p, chain) {
  RETURN chain AS path
  UNION ALL
  UNWIND nodes(chain) AS stop
  MATCH path = (p)-[:HAS_IDENTITY]->(stop)
  RETURN path
  UNION ALL
  UNWIND range(0, length(chain) - 1) AS idx
  WITH nodes(chain)[idx] AS near, nodes(chain)[idx + 1] AS far
  CALL (near, far) {
    CALL (near, far) {
      RETURN near AS bearer
      UNION
      RETURN far AS bearer
      UNION
      MATCH (near)-[:LINKED]-(bearer:Identity)-[:LINKED]-(far)
      RETURN bearer
    }
    MATCH path = (bearer)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    WHERE near.key IN fact.identity_keys AND far.key IN fact.identity_keys
    WITH fact, collect(path)[0] AS path
    WITH path, CASE WHEN $oldest THEN fact.ts END AS up, CASE WHEN $oldest THEN fact.id + '' END AS up_id, fact
    ORDER BY up, up_id, fact.ts DESC, fact.id + '' DESC LIMIT $max_events
    RETURN path
  }
  RETURN path
}
RETURN path
