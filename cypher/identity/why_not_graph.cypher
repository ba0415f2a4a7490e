// graphcdp.identity.why_not_graph(from_key :: STRING, to_key :: STRING) :: (path :: PATH)
// MODE READ
// What `identity.why_not` says, to look at: the chain between two people with the fewest lost links, the people and what
// they hold on it, the first and last event that showed each link, the events that took links out of force, and the links
// that stand against them. Neo4j Browser draws the paths. No row: one person, never linked, or one was never seen.
MATCH (origin:Identity {key: $from_key})<-[:HAS_IDENTITY]-(here:Profile)
MATCH (target:Identity {key: $to_key})<-[:HAS_IDENTITY]-(there:Profile)
// 1. Profile by profile over lost links, the best way to each: the answer has as few of them as can be.
WITH origin, target, here, there,
     reduce(reached = {front: [{at: here, enters: origin, lost: [], least: null}], seen: [here]}, hop IN range(1, 20) |
       CASE WHEN there IN reached.seen OR size(reached.front) = 0 THEN reached
       ELSE [front IN [reduce(best = [], way IN COLLECT {
               UNWIND reached.front AS before
               WITH before, before.at AS holder
               MATCH (holder)-[:HAS_IDENTITY]->(near:Identity)-[link:LINKED]-(far:Identity)<-[:HAS_IDENTITY]-(next:Profile)
               WHERE NOT link.state IN ['active', 'pinned'] AND NOT next IN reached.seen
               WITH before, near, link, far, next,
                    CASE WHEN before.least < link.count THEN before.least ELSE link.count END AS least
               ORDER BY least DESC,
                        CASE near WHEN before.enters THEN 0 ELSE 1 END + CASE far WHEN target THEN 0 ELSE 1 END,
                        link.last_seen DESC, startNode(link).key + '', endNode(link).key + ''
               RETURN {at: next, enters: far, lost: before.lost + [[near, link, far]], least: least}
             } | CASE WHEN any(one IN best WHERE one.at = way.at) THEN best ELSE best + [way] END)] |
             {front: front, seen: reached.seen + [one IN front | one.at]}][0]
       END) AS reached
WITH origin, target, here = there AS same, [way IN reached.front WHERE way.at = there][0].lost AS lost
// 2. Between them, inside one person, the strongest chain of links in force (as in `identity.explain`).
CALL (origin, target, same, lost) {
  WITH origin, target, lost WHERE NOT same AND lost IS NOT NULL
  UNWIND range(0, size(lost)) AS leg
  WITH lost, leg, CASE leg WHEN 0 THEN origin ELSE lost[leg - 1][2] END AS enters,
       CASE leg WHEN size(lost) THEN target ELSE lost[leg][0] END AS leaves
  OPTIONAL CALL (enters, leaves) {
    WITH enters, leaves WHERE enters <> leaves
    CALL (enters, leaves) {
      CALL (enters) {
        MATCH (enters)<-[:HAS_IDENTITY]-(p:Profile)
        MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[any_link:LINKED WHERE any_link.state IN ['active', 'pinned']]->(:Identity)
        RETURN DISTINCT any_link.count AS strength
      }
      WITH enters, leaves, strength
      MATCH SHORTEST 1 (enters)((:Identity)-[link:LINKED WHERE link.state IN ['active', 'pinned'] AND link.count >= strength]-(:Identity))+(leaves)
      RETURN max(strength) AS bottleneck
    }
    MATCH path = ALL SHORTEST (enters)((:Identity)-[link:LINKED WHERE link.state IN ['active', 'pinned'] AND link.count >= bottleneck]-(:Identity))+(leaves)
    WITH path, link, reduce(oldest = head(link).last_seen, one IN link |
                            CASE WHEN one.last_seen < oldest THEN one.last_seen ELSE oldest END) AS oldest
    ORDER BY oldest DESC, [one IN nodes(path) | one.key + ''] LIMIT 1
    RETURN nodes(path) AS stops, link AS links
  }
  WITH leg, [idx IN range(0, coalesce(size(links), 0) - 1) | [stops[idx], links[idx], stops[idx + 1]]] AS held,
       CASE WHEN leg < size(lost) THEN [lost[leg]] ELSE [] END AS then_lost
  ORDER BY leg
  WITH collect(coalesce(held, []) + then_lost) AS legs
  RETURN reduce(chain = [], one IN legs | chain + one) AS chain
}
UNWIND chain AS hop
WITH hop[0] AS near, hop[1] AS link, hop[2] AS far
CALL (near, link, far) {
  MATCH path = (near)-[drawn:LINKED]-(far)
  WHERE drawn = link
  RETURN path
  UNION
  UNWIND [near, far] AS end_one
  MATCH path = (end_one)<-[:HAS_IDENTITY]-(:Profile)
  RETURN path
  UNION
  CALL (near, far) {
    CALL (near, far) {
      RETURN near AS bearer
      UNION
      RETURN far AS bearer
      UNION
      MATCH (near)-[:LINKED]-(bearer:Identity)-[:LINKED]-(far)
      RETURN bearer
    }
    MATCH shown = (bearer)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    WHERE near.key IN fact.identity_keys AND far.key IN fact.identity_keys
    WITH fact, collect(shown)[0] AS shown
    ORDER BY fact.ts, fact.id + ''
    WITH collect(shown) AS all_shown
    RETURN [all_shown[0], all_shown[-1]] AS ends
  }
  UNWIND ends AS path
  WITH path WHERE path IS NOT NULL
  RETURN path
  UNION
  MATCH path = (:Identity)-[:PERFORMED]->(:Event {id: link.by_event})
  RETURN path
  UNION
  MATCH path = (:Identity)-[:STATED]->(:Record {id: link.by_event})
  RETURN path
  UNION
  MATCH (near)<-[:CONCERNS]-(change:Change)-[:CONCERNS]->(far)
  WHERE link.state = 'cut'
  WITH near, far, change ORDER BY change.at DESC, change.writer, change.seq DESC LIMIT 1
  MATCH path = (near)<-[:CONCERNS]-(change)-[:CONCERNS]->(far)
  RETURN path
  UNION
  WITH near, far, link WHERE link.because STARTS WITH 'unique:'
  UNWIND [near, far] AS end_one
  MATCH (end_one)<-[:HAS_IDENTITY]-(holder:Profile)
  MATCH (holder)-[:HAS_IDENTITY]->(value_one:Identity {namespace: split(link.because, ':')[1]})
  WITH end_one, value_one WHERE end_one <> value_one
  CALL (end_one, value_one) {
    MATCH path = ALL SHORTEST (end_one)((:Identity)-[held:LINKED WHERE held.state IN ['active', 'pinned']]-(:Identity))+(value_one)
    ORDER BY [one IN nodes(path) | one.key + ''] LIMIT 1
    RETURN path
  }
  RETURN path
  UNION
  WITH near, far, link WHERE link.because STARTS WITH 'shared:'
  UNWIND [near, far] AS end_one
  MATCH path = (end_one)-[over:LINKED]-(:Identity)<-[:HAS_IDENTITY]-(:Profile)
  WHERE over.because = link.because
  RETURN path LIMIT 100
}
RETURN DISTINCT path
