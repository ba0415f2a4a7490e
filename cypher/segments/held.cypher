// graphcdp.segments.held(ids :: LIST OF STRING, segments :: LIST OF STRING)
//   :: (id :: STRING, memberships :: LIST OF ANY, due :: LIST OF ANY)
// MODE READ
// INTERNAL
// What stands of some profiles: memberships as [segment, entered], and when which segment is to be looked at again.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
RETURN wanted AS id,
       [(profile)-[held:MEMBER_OF]->(segment:Segment) WHERE segment.id IN $segments | [segment.id, held.entered]] AS memberships,
       [(profile)-[due:DUE]->(segment:Segment) WHERE segment.id IN $segments | [segment.id, due.at]] AS due
