// graphcdp.computed.events(ids :: LIST OF STRING, fields :: LIST OF STRING, types = null :: LIST OF STRING)
//   :: (id :: STRING, events :: LIST OF ANY)
// MODE READ
// INTERNAL
// The events of some profiles, of some types: each [ts, id, values of `fields`] (node properties, `device.kind` and
// `device.name`). A profile without any has no row.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
WHERE $types IS NULL OR event.type IN $types
WITH wanted, event, CASE WHEN 'device.kind' IN $fields OR 'device.name' IN $fields
                         THEN [(event)-[:ON]->(device:Device) | device][0] END AS device
RETURN wanted AS id,
       collect([event.ts, event.id, [name IN $fields | CASE name WHEN 'device.kind' THEN device.kind
                                                                 WHEN 'device.name' THEN device.name
                                                                 ELSE event[name] END]]) AS events
