// graphcdp.scores.held(ids :: LIST OF STRING, property :: STRING) :: (id :: STRING, value :: ANY)
// MODE READ
// INTERNAL
// The values of one score with some people.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
RETURN profile.id AS id, profile[$property] AS value
