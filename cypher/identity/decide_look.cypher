// graphcdp.identity.decide_look(pairs :: LIST OF ANY)
//   :: (position :: INTEGER, left_known :: BOOLEAN, right_known :: BOOLEAN, state :: STRING, seen :: INTEGER,
//       left_counts_as :: STRING, right_counts_as :: STRING)
// MODE READ
// INTERNAL
// How pairs of identities stand to each other, one row a pair; no state where they were never linked.
UNWIND range(0, size($pairs) - 1) AS position
OPTIONAL MATCH (near:Identity {key: $pairs[position][0]})
OPTIONAL MATCH (far:Identity {key: $pairs[position][1]})
OPTIONAL MATCH (near)-[link:LINKED]-(far)
RETURN position, near IS NOT NULL AS left_known, far IS NOT NULL AS right_known, link.state AS state,
       link.count AS seen, near.counts_as AS left_counts_as, far.counts_as AS right_counts_as
ORDER BY position
