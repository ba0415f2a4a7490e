// graphcdp.governance.flow_inputs()
//   :: (datasets :: LIST OF MAP, computed :: LIST OF MAP, segments :: LIST OF MAP, activations :: LIST OF MAP,
//       version :: STRING)
// MODE READ
// INTERNAL
// All that says how data flows; `version` is of what was last written from it, if it is there.
RETURN COLLECT { MATCH (d:Dataset) OPTIONAL MATCH (s:Source)-[:OFFERS]->(d) WITH d, s ORDER BY d.id
                 RETURN {id: d.id, source: s.id, definition: d.definition} } AS datasets,
       COLLECT { MATCH (c:ComputedAttribute) WITH c ORDER BY c.id RETURN {id: c.id, tree: c.tree} } AS computed,
       COLLECT { MATCH (s:Segment) WHERE s.state <> 'archived' WITH s ORDER BY s.id
                 RETURN {id: s.id, name: s.name, tree: s.tree} } AS segments,
       COLLECT { MATCH (a:Activation)-[:OF]->(s:Segment) MATCH (a)-[:TO]->(to:Destination) WITH a, s, to ORDER BY a.id
                 RETURN {id: a.id, segment: s.id, destination: to.id, actions: coalesce(a.actions, to.actions, []),
                         sources: coalesce(a.sources, [one IN coalesce(a.mapping, []) | split(one, '=')[0]]),
                         state: a.state} } AS activations,
       CASE WHEN EXISTS { (:Field)-[:FEEDS]->() }
            THEN COLLECT { MATCH (lock:Lock {id: 'governance'}) RETURN lock.version }[0] END AS version
