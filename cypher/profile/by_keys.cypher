// graphcdp.profile.by_keys(keys :: LIST OF STRING)
//   :: (asked :: STRING, id :: STRING, founder :: STRING, identity_count :: INTEGER, facts :: STRING,
//       computed :: STRING,
//       first_seen :: DATETIME, last_seen :: DATETIME, known_from :: DATETIME)
// MODE READ
// The profiles that hold these identities (each `namespace|value`), with `facts`: the merged attributes as JSON,
// {name: [value, time, source, dataset, record]}. A key that was never seen gives no row.
UNWIND $keys AS asked
MATCH (:Identity {key: asked})<-[:HAS_IDENTITY]-(p:Profile)
RETURN asked, p.id AS id, p.founder AS founder, p.identity_count AS identity_count, p.facts AS facts,
       p.computed AS computed,
       p.first_seen AS first_seen, p.last_seen AS last_seen, p.known_from AS known_from
