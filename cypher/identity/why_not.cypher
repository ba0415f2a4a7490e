// graphcdp.identity.why_not(from_key :: STRING, to_key :: STRING)
//   :: (answer :: STRING, step :: INTEGER, left_key :: STRING, right_key :: STRING, state :: STRING,
//       in_force :: BOOLEAN, seen :: INTEGER, sources :: LIST OF STRING, first_seen :: DATETIME, last_seen :: DATETIME,
//       first_event :: MAP, last_event :: MAP, because :: STRING, by_event :: MAP, decision :: MAP,
//       most :: INTEGER, would_hold :: LIST OF STRING, against :: LIST OF MAP)
// MODE READ
// Why two identities (keys `namespace|value`) are two people: the chain from the first to the second, over links of any
// state, with the fewest links that were lost (then the one whose weakest lost link has the most sightings), step by
// step. `answer` is `lost`; or, in one row without a step, `one person` (`identity.explain` says why) or `never linked`
// (no chain of any state). A lost link says its state, the constraint that took it out of force (`because`), the event
// that decided it (`by_event`; `decision` where a person did), how many the constraint allows (`most`), which values of
// its namespace the two sides hold (`would_hold`), and what stands `against` it: from each end the links to such a value.
// No row: one was never seen.
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
OPTIONAL MATCH (rules:RuleSet {active: true})
WITH rules, chain, CASE WHEN same THEN 'one person' WHEN size(chain) = 0 OR lost IS NULL THEN 'never linked' ELSE 'lost' END AS answer
UNWIND CASE answer WHEN 'lost' THEN range(0, size(chain) - 1) ELSE [null] END AS idx
WITH rules, answer, idx, chain[idx][0] AS near, chain[idx][1] AS link, chain[idx][2] AS far
WITH rules, answer, idx, near, link, far, link.state IN ['active', 'pinned'] AS in_force,
     CASE WHEN link.because CONTAINS ':' THEN split(link.because, ':')[1] END AS limited
OPTIONAL MATCH (rules)-[:RANKS]->(limit:Namespace {name: limited})
// 3. The first and last event that showed the two together, and the one that decided.
OPTIONAL CALL (near, far) {
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
  RETURN facts[0] AS first_fact, facts[-1] AS last_fact
}
OPTIONAL CALL (link) {
  MATCH (fact:Event {id: link.by_event})
  RETURN fact AS decided
  UNION
  MATCH (fact:Record {id: link.by_event})
  RETURN fact AS decided
}
OPTIONAL CALL (near, link, far) {
  MATCH (near)<-[:CONCERNS]-(change:Change)-[:CONCERNS]->(far)
  WHERE link.state IN ['cut', 'pinned']
  RETURN change ORDER BY change.at DESC, change.writer, change.seq DESC LIMIT 1
}
// 4. What stands against a lost link: from each end the way to a value of the limited namespace. At something shared the
// ways begin with the people who use it.
CALL (rules, near, far, link, limited) {
  WITH rules, near, far, link, limited WHERE limited IS NOT NULL
  UNWIND [near, far] AS end_one
  CALL (rules, end_one, link, limited) {
    WITH end_one, limited, link WHERE link.because STARTS WITH 'unique:'
    MATCH (end_one)<-[:HAS_IDENTITY]-(holder:Profile)
    MATCH (holder)-[:HAS_IDENTITY]->(value_one:Identity {namespace: limited})
    RETURN value_one, end_one AS begins, null AS over
    UNION ALL
    WITH rules, end_one, limited, link WHERE link.because STARTS WITH 'shared:'
    MATCH (end_one)-[over:LINKED]-(begins:Identity)<-[:HAS_IDENTITY]-(holder:Profile)
    WHERE over.because STARTS WITH 'shared:'
      AND EXISTS { (rules)-[:RANKS]->(space:Namespace) WHERE space.name = end_one.namespace AND space.kind <> 'person' }
    MATCH (holder)-[:HAS_IDENTITY]->(value_one:Identity {namespace: limited})
    WITH value_one, begins, over ORDER BY begins <> value_one, over.last_seen DESC, begins.key + ''
    WITH value_one, collect([begins, over])[0] AS nearest
    RETURN value_one, nearest[0] AS begins, nearest[1] AS over
  }
  OPTIONAL CALL (begins, value_one) {
    WITH begins, value_one WHERE begins <> value_one
    MATCH path = ALL SHORTEST (begins)((:Identity)-[held:LINKED WHERE held.state IN ['active', 'pinned']]-(:Identity))+(value_one)
    ORDER BY [one IN nodes(path) | one.key + ''] LIMIT 1
    RETURN path
  }
  WITH end_one, begins, over, value_one, path, coalesce(length(path), 0) AS far_off,
       CASE WHEN over IS NULL THEN [] ELSE [[end_one, over, begins]] END
       + [idx IN range(0, coalesce(length(path), 0) - 1) | [nodes(path)[idx], relationships(path)[idx], nodes(path)[idx + 1]]] AS steps
  ORDER BY end_one = far, far_off, value_one.key + ''
  RETURN collect({end_key: end_one.key, value_key: value_one.key, counts_as: coalesce(value_one.counts_as, value_one.key),
                  steps: [one IN coalesce(steps, []) | {left_key: one[0].key, right_key: one[2].key, state: one[1].state,
                          seen: one[1].count, last_seen: one[1].last_seen}]}) AS against
}
RETURN answer, idx + 1 AS step, near.key AS left_key, far.key AS right_key, link.state AS state, in_force,
       link.count AS seen, link.sources AS sources, link.first_seen AS first_seen, link.last_seen AS last_seen,
       CASE WHEN first_fact IS NOT NULL THEN first_fact {.id, type: coalesce(first_fact.type, 'record'), .ts, .source, .dataset, .channel, .identity_keys} END AS first_event,
       CASE WHEN last_fact IS NOT NULL THEN last_fact {.id, type: coalesce(last_fact.type, 'record'), .ts, .source, .dataset, .channel, .identity_keys} END AS last_event,
       link.because AS because,
       CASE WHEN decided IS NOT NULL THEN decided {.id, type: coalesce(decided.type, 'record'), .ts, .source, .dataset, .channel, .identity_keys} END AS by_event,
       CASE WHEN change IS NOT NULL THEN change {id: change.writer + '/' + change.seq, .at, .kind, .who, .reason} END AS decision,
       CASE WHEN limit IS NOT NULL THEN limit.max_values
            WHEN link.because = 'cap' THEN rules.max_identities
            WHEN link.because = 'hub' THEN rules.max_links END AS most,
       reduce(held = [], one IN against |
              CASE WHEN one.value_key IN held THEN held ELSE held + [one.value_key] END) AS would_hold,
       against
ORDER BY step
