// graphcdp.identity.explain(from_key :: STRING, to_key :: STRING, max_events = 3 :: INTEGER, oldest = false :: BOOLEAN)
//   :: (step :: INTEGER, left_key :: STRING, right_key :: STRING, state :: STRING, seen :: INTEGER,
//       sources :: LIST OF STRING, first_seen :: DATETIME, last_seen :: DATETIME, weakest :: BOOLEAN,
//       first_event :: MAP, last_event :: MAP, event_count :: INTEGER, events :: LIST OF MAP,
//       decision :: MAP)
// MODE READ
// Why two identities (keys `namespace|value`) are one person: the strongest chain of links in force from the first to
// the second, step by step. Strongest is the chain whose weakest link has the most sightings; then the one with the
// fewest steps, then the newest. `weakest` marks its weakest link; `first_event` and `last_event` are the events that
// showed the two together first and last, `event_count` says how many there are, and `events` are the newest `max_events`
// of them, newest first (the oldest, oldest first, with `oldest`). `decision` is the person's word that pinned it.
// No row: they are two people, or one of them was never seen.
MATCH (origin:Identity {key: $from_key})<-[:HAS_IDENTITY]-(p:Profile)-[:HAS_IDENTITY]->(target:Identity {key: $to_key})
WHERE origin <> target
// How strong its weakest link can be: the greatest count at which links that strong still lead from one to the other.
CALL (p, origin, target) {
  CALL (p) {
    MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[any_link:LINKED WHERE any_link.state IN ['active', 'pinned']]->(:Identity)
    RETURN DISTINCT any_link.count AS strength
  }
  WITH origin, target, strength
  MATCH SHORTEST 1 (origin)((:Identity)-[link:LINKED WHERE link.state IN ['active', 'pinned'] AND link.count >= strength]-(:Identity))+(target)
  RETURN max(strength) AS bottleneck
}
// Of those chains the shortest, and of these the newest: the one whose oldest sighting is the latest.
CALL (origin, target, bottleneck) {
  MATCH path = ALL SHORTEST (origin)((:Identity)-[link:LINKED WHERE link.state IN ['active', 'pinned'] AND link.count >= bottleneck]-(:Identity))+(target)
  WITH path, link, reduce(oldest = head(link).last_seen, one IN link |
                          CASE WHEN one.last_seen < oldest THEN one.last_seen ELSE oldest END) AS oldest
  ORDER BY oldest DESC, [one IN nodes(path) | one.key + ''] LIMIT 1
  RETURN nodes(path) AS stops, link AS links
}
WITH stops, links, reduce(least = 0, idx IN range(1, size(links) - 1) |
       CASE WHEN links[idx].count < links[least].count
              OR (links[idx].count = links[least].count AND links[idx].last_seen < links[least].last_seen)
            THEN idx ELSE least END) AS weakest_at
UNWIND range(0, size(links) - 1) AS idx
WITH idx, stops[idx] AS near, stops[idx + 1] AS far, links[idx] AS link, idx = weakest_at AS weakest
// An event hangs on one of the two or on a third that it carried; or it is lent by one of them.
CALL (near, far) {
  CALL (near, far) {
    RETURN near AS bearer
    UNION
    RETURN far AS bearer
    UNION
    MATCH (near)-[:LINKED]-(bearer:Identity)-[:LINKED]-(far)
    RETURN bearer
  }
  MATCH (bearer)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
  WHERE near.key IN fact.identity_keys AND far.key IN fact.identity_keys
  WITH DISTINCT fact
  ORDER BY fact.ts, fact.id + ''
  WITH collect(fact) AS facts
  WITH facts, CASE WHEN $oldest THEN facts ELSE reverse(facts) END[..$max_events] AS some
  RETURN size(facts) AS event_count,
         [one IN [facts[0], facts[-1]] + some |
          CASE WHEN one IS NULL THEN null
          ELSE one {.id, type: coalesce(one.type, 'record'), .ts, .source, .dataset, .channel, .identity_keys} END] AS shown
}
OPTIONAL CALL (near, link, far) {
  MATCH (near)<-[:CONCERNS]-(change:Change)-[:CONCERNS]->(far)
  WHERE link.state = 'pinned'
  RETURN change ORDER BY change.at DESC, change.writer, change.seq DESC LIMIT 1
}
RETURN idx + 1 AS step, near.key AS left_key, far.key AS right_key, link.state AS state, link.count AS seen,
       link.sources AS sources, link.first_seen AS first_seen, link.last_seen AS last_seen, weakest,
       shown[0] AS first_event, shown[1] AS last_event, event_count, shown[2..] AS events,
       CASE WHEN change IS NOT NULL THEN change {id: change.writer + '/' + change.seq, .at, .kind, .who, .reason} END AS decision
ORDER BY step
