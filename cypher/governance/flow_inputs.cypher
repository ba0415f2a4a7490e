// graphcdp.governance.flow_inputs()
//   :: (datasets :: LIST OF MAP, computed :: LIST OF MAP, segments :: LIST OF MAP, audiences :: LIST OF MAP,
//       scores :: LIST OF MAP, offers :: LIST OF MAP, things :: LIST OF STRING, activations :: LIST OF MAP, left_out :: LIST OF MAP,
//       version :: STRING)
// MODE READ
// INTERNAL
// All that says how data flows: `things` are the namespaces of browsers and devices, `left_out` the segments whose members
// nothing is sent of to a destination; `version` is of what was last written from it, if it is there.
RETURN COLLECT { MATCH (d:Dataset) OPTIONAL MATCH (s:Source)-[:OFFERS]->(d) WITH d, s ORDER BY d.id
                 RETURN {id: d.id, source: s.id, definition: d.definition} } AS datasets,
       COLLECT { MATCH (c:ComputedAttribute) WITH c ORDER BY c.id RETURN {id: c.id, tree: c.tree} } AS computed,
       COLLECT { MATCH (s:Segment) WHERE s.state <> 'archived' WITH s ORDER BY s.id
                 RETURN {id: s.id, name: s.name, tree: s.tree} } AS segments,
       COLLECT { MATCH (a:Audience) WITH a ORDER BY a.id RETURN {id: a.id, question: a.question} } AS audiences,
       COLLECT { MATCH (s:Score) WITH s ORDER BY s.id RETURN {id: s.id, kind: s.kind, settings: s.settings} } AS scores,
       COLLECT { MATCH (o:Offer) WITH o ORDER BY o.id
                 RETURN {id: o.id, tree: o.tree, content: o.content, ends: o.ends, actions: o.actions} } AS offers,
       COLLECT { MATCH (:RuleSet {active: true})-[:RANKS]->(n:Namespace) WHERE n.kind <> 'person'
                 RETURN n.name ORDER BY n.name } AS things,
       COLLECT { MATCH (a:Activation)-[:OF]->(s:Segment) MATCH (a)-[:TO]->(to:Destination) WITH a, s, to ORDER BY a.id
                 RETURN {id: a.id, segment: s.id, destination: to.id, actions: coalesce(a.actions, to.actions, []),
                         sources: coalesce(a.sources, [one IN coalesce(a.mapping, []) | split(one, '=')[0]]),
                         apart: COLLECT { MATCH (a)-[:NOT_FOR]->(o:Segment) RETURN o.id ORDER BY o.id },
                         state: a.state} } AS activations,
       COLLECT { MATCH (to:Destination) WHERE EXISTS { (to)-[:NOT_FOR]->(:Segment) } WITH to ORDER BY to.id
                 RETURN {id: to.id, segments: COLLECT { MATCH (to)-[:NOT_FOR]->(o:Segment) RETURN o.id ORDER BY o.id }} }
         AS left_out,
       CASE WHEN EXISTS { (:Field)-[:FEEDS]->() }
            THEN COLLECT { MATCH (lock:Lock {id: 'governance'}) RETURN lock.version }[0] END AS version
