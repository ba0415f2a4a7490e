// graphcdp.computed.held(ids :: LIST OF STRING) :: (id :: STRING, known_from :: DATETIME, computed :: STRING)
// MODE READ
// INTERNAL
// What is kept of some profiles' computed attributes (JSON), and since when the profiles are known.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
RETURN wanted AS id, profile.known_from AS known_from, profile.computed AS computed
