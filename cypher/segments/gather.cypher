// graphcdp.segments.gather(ids :: LIST OF STRING, computed :: LIST OF STRING, stated :: LIST OF STRING,
//   key = null :: STRING, types = null :: LIST OF STRING, since = null :: DATETIME,
//   properties = [] :: LIST OF STRING, nodes = [] :: LIST OF STRING, with_events = true :: BOOLEAN,
//   with_audiences = false :: BOOLEAN, consents = [] :: LIST OF STRING)
//   :: (id :: STRING, fields :: LIST OF ANY, namespaces :: LIST OF STRING, segments :: LIST OF STRING,
//       events :: LIST OF ANY, audiences :: LIST OF STRING, agreed :: LIST OF ANY)
// MODE READ
// INTERNAL
// What rules ask of some profiles, and of the one that holds the identity `key`. `fields`: of each pair of properties
// `computed` and `stated` the first that is known. Events of some types (null: all) since an instant (null: ever), in order:
// each [ts, id, type, values of `properties`, ids of products, of contents, of campaigns]; the last three are null unless
// `nodes` names them. `agreed`: until when they agree to each of `consents`.
CALL () {
  UNWIND $ids AS wanted
  MATCH (profile:Profile {id: wanted})
  RETURN profile
  UNION ALL
  UNWIND CASE WHEN $key IS NULL THEN [] ELSE [$key] END AS known
  MATCH (:Identity {key: known})<-[:HAS_IDENTITY]-(profile:Profile)
  RETURN profile
}
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(DISTINCT one.namespace) AS namespaces
}
CALL (profile) {
  OPTIONAL MATCH (profile)-[:MEMBER_OF]->(segment:Segment)
  RETURN collect(segment.id) AS segments
}
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE $with_events AND ($types IS NULL OR event.type IN $types) AND ($since IS NULL OR event.ts >= $since)
  WITH event, CASE WHEN 'device.kind' IN $properties OR 'device.name' IN $properties
                   THEN [(event)-[:ON]->(device:Device) | device][0] END AS device
  ORDER BY event.ts, event.id
  RETURN collect([event.ts, event.id, event.type,
                  [name IN $properties | CASE name WHEN 'device.kind' THEN device.kind
                                                   WHEN 'device.name' THEN device.name
                                                   ELSE event[name] END],
                  CASE WHEN 'product' IN $nodes THEN [(event)-[:ABOUT]->(node:Product) | node.id] END,
                  CASE WHEN 'content' IN $nodes THEN [(event)-[:ABOUT]->(node:Content) | node.id] END,
                  CASE WHEN 'campaign' IN $nodes THEN [(event)-[:FROM]->(node:Campaign) | node.id] END]) AS events
}
RETURN profile.id AS id,
       [at IN range(0, size($stated) - 1) | coalesce(profile[$computed[at]], profile[$stated[at]])] AS fields,
       namespaces, segments, events,
       CASE WHEN $with_audiences
            THEN COLLECT { MATCH (profile)-[:HAS_IDENTITY]->(:Identity)-[:LISTED_IN]->(listed:Audience)
                           RETURN DISTINCT listed.id }
            ELSE [] END AS audiences,
       [name IN $consents | profile['k_' + name]] AS agreed
