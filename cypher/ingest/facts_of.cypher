// graphcdp.ingest.facts_of(ids :: LIST OF STRING) :: (id :: STRING, facts :: STRING, search_text :: STRING)
// MODE READ
// INTERNAL
// The attributes in force of some profiles, with their provenance, as JSON.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
RETURN wanted AS id, profile.facts AS facts, profile.search_text AS search_text
