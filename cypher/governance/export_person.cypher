// graphcdp.governance.export_person(profile_id :: STRING)
//   :: (id :: STRING, founder :: STRING, first_seen :: DATETIME, last_seen :: DATETIME, known_from :: DATETIME,
//       facts :: STRING, computed :: STRING, identities :: LIST OF MAP, former_identities :: LIST OF MAP,
//       former_ids :: LIST OF STRING, links :: LIST OF MAP, devices :: LIST OF MAP, memberships :: LIST OF MAP,
//       household :: MAP, suggestions :: LIST OF MAP, scores :: LIST OF MAP, audiences :: LIST OF MAP)
// MODE READ
// INTERNAL
// What is known of a person but for what happened; of other people nothing but how many live in the household (of an
// identity that is somebody else's now only the namespace).
MATCH (p:Profile {id: $profile_id})
CALL (p) {
  MATCH (p)-[held:HAS_IDENTITY]->(one:Identity)
  WITH held, one ORDER BY one.key
  RETURN collect({key: one.key, namespace: one.namespace, value: one.value, first_seen: one.first_seen,
                  last_seen: one.last_seen, held_since: held.valid_from}) AS identities,
         collect(one) AS ones
}
CALL (p) {
  MATCH (p)-[had:HAD_IDENTITY]->(one:Identity)
  WITH had, one ORDER BY had.valid_from, one.key
  RETURN collect({key: CASE WHEN (p)-[:HAS_IDENTITY]->(one) THEN one.key ELSE one.namespace + '|…' END,
                  held_since: had.valid_from, held_until: had.valid_to, because: had.because})
         AS former_identities
}
CALL (p) {
  OPTIONAL MATCH (former:FormerProfile)-[:MERGED_INTO]->(p)
  WITH former ORDER BY former.id
  RETURN collect(former.id) AS former_ids
}
CALL (ones) {
  UNWIND ones AS one
  MATCH (one)-[link:LINKED]->(other:Identity)
  WHERE other IN ones
  WITH one, link, other ORDER BY one.key, other.key
  RETURN collect({left: one.key, right: other.key, state: link.state, first_seen: link.first_seen,
                  last_seen: link.last_seen, times: link.count, sources: link.sources}) AS links
}
CALL (ones) {
  UNWIND ones AS one
  MATCH (one)-[:ON_DEVICE]->(d:Device)
  WITH DISTINCT d ORDER BY d.id
  RETURN collect({id: d.id, kind: d.kind, name: d.name}) AS devices
}
CALL (p) {
  CALL (p) {
    MATCH (p)-[stay:MEMBER_OF|WAS_MEMBER_OF]->(s:Segment)
    RETURN stay, s
    UNION
    MATCH (p)<-[:MERGED_INTO]-(:FormerProfile)-[stay:WAS_MEMBER_OF]->(s:Segment)
    RETURN stay, s
  }
  WITH stay, s ORDER BY stay.entered, s.id
  RETURN collect({segment: s.id, name: s.name, rule: s.rule, entered: stay.entered, exited: stay.exited,
                  because: stay.because}) AS memberships
}
CALL (p) {
  OPTIONAL MATCH (p)-[placed:IN_HOUSEHOLD]->(h:Household)
  WITH placed, h LIMIT 1
  RETURN CASE WHEN h IS NULL THEN null
         ELSE {since: placed.since, because: placed.because, others: COUNT { (h)<-[:IN_HOUSEHOLD]-(:Profile) } - 1}
         END AS household
}
CALL (p) {
  OPTIONAL MATCH (p)-[likely:LIKELY_SAME]-()
  WITH likely WHERE likely IS NOT NULL
  RETURN collect({state: likely.state, probability: likely.probability, suggested_at: likely.suggested_at,
                  answered_at: likely.answered_at})
         AS suggestions
}
CALL (p) {
  MATCH (score:Score)
  WHERE p['c_' + score.id] IS NOT NULL
  WITH p, score ORDER BY score.id
  RETURN collect({name: score.id, title: score.title, kind: score.kind, value: p['c_' + score.id], made_at: score.made_at})
         AS scores
}
CALL (ones) {
  UNWIND ones AS one
  MATCH (one)-[listed:LISTED_IN]->(a:Audience)
  WITH one, listed, a ORDER BY a.id, one.key
  RETURN collect({audience: a.id, name: a.name, identity: one.key, listed_at: listed.at}) AS audiences
}
RETURN p.id AS id, p.founder AS founder, p.first_seen AS first_seen, p.last_seen AS last_seen,
       p.known_from AS known_from, p.facts AS facts, p.computed AS computed, identities, former_identities, former_ids,
       links, devices, memberships, household, suggestions, scores, audiences
