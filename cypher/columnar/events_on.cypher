// graphcdp.columnar.events_on(keys :: LIST OF STRING) :: (key :: STRING, ids :: LIST OF STRING)
// MODE READ
// INTERNAL
// The ids of the events that hang on identities.
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})-[:PERFORMED]->(event:Event)
RETURN wanted AS key, collect(event.id) AS ids
