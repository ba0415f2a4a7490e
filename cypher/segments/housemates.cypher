// graphcdp.segments.housemates(ids :: LIST OF STRING) :: (id :: STRING, others :: LIST OF STRING)
// MODE READ
// INTERNAL
// Who else lives in the households of some profiles.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})-[:IN_HOUSEHOLD]->(:Household)<-[:IN_HOUSEHOLD]-(other:Profile)
RETURN wanted AS id, collect(other.id) AS others
