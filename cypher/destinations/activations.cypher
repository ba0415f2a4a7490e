// graphcdp.destinations.activations(id = null :: STRING)
//   :: (id :: STRING, segment :: STRING, segment_name :: STRING, destination :: STRING, mode :: STRING, state :: STRING,
//       starts :: DATETIME, ends :: DATETIME, every_minutes :: INTEGER, mapping :: LIST OF STRING,
//       actions :: LIST OF STRING, at_end :: STRING, except :: LIST OF STRING, bought_days :: INTEGER,
//       created_at :: DATETIME, created_by :: STRING, event :: STRING,
//       on_property :: STRING, after_days :: INTEGER, filling :: BOOLEAN, filled_to :: STRING, holds :: INTEGER)
// MODE READ
// INTERNAL
// Activations by id; one of them where given. `mapping`: each `source=target`. `holds`: what its destination holds of it.
MATCH (activation:Activation)-[:OF]->(segment:Segment)
WHERE $id IS NULL OR activation.id = $id
RETURN activation.id AS id, segment.id AS segment, segment.name AS segment_name, activation.destination AS destination,
       activation.mode AS mode, activation.state AS state, activation.starts AS starts, activation.ends AS ends,
       activation.every_minutes AS every_minutes, activation.mapping AS mapping, activation.actions AS actions,
       activation.at_end AS at_end, [(activation)-[:NOT_FOR]->(other:Segment) | other.id] AS except,
       activation.bought_days AS bought_days, activation.created_at AS created_at, activation.created_by AS created_by,
       activation.event AS event, activation.on_property AS on_property, activation.after_days AS after_days,
       coalesce(activation.filling, false) AS filling, activation.filled_to AS filled_to,
       COUNT { (activation)-[:HOLDS]->() } AS holds
ORDER BY id
