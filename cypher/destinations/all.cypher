// graphcdp.destinations.all(id = null :: STRING)
//   :: (id :: STRING, kind :: STRING, title :: STRING, options :: STRING, sealed :: STRING, actions :: LIST OF STRING,
//       state :: STRING, created_at :: DATETIME, created_by :: STRING, changed_at :: DATETIME, frequency_times :: INTEGER,
//       frequency_days :: FLOAT, except :: LIST OF STRING, failures :: INTEGER, open_until :: DATETIME,
//       last_success :: DATETIME, last_error :: STRING)
// MODE READ
// INTERNAL
// Destinations by id; one of them where given. `options` is JSON; `sealed` are the secrets, not to be read without the key.
MATCH (destination:Destination)
WHERE $id IS NULL OR destination.id = $id
RETURN destination.id AS id, destination.kind AS kind, destination.title AS title, destination.options AS options,
       destination.sealed AS sealed, destination.actions AS actions, destination.state AS state,
       destination.created_at AS created_at, destination.created_by AS created_by, destination.changed_at AS changed_at,
       destination.frequency_times AS frequency_times, destination.frequency_days AS frequency_days,
       [(destination)-[:NOT_FOR]->(segment:Segment) | segment.id] AS except, destination.failures AS failures,
       destination.open_until AS open_until, destination.last_success AS last_success, destination.last_error AS last_error
ORDER BY id
