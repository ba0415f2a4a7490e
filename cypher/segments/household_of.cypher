// graphcdp.segments.household_of(ids :: LIST OF STRING) :: (id :: STRING, others :: LIST OF STRING)
// MODE READ
// INTERNAL
// The other members of the households of some profiles. A profile that lives alone has no row.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})-[:IN_HOUSEHOLD]->(home:Household)
MATCH (home)<-[:IN_HOUSEHOLD]-(other:Profile)
WHERE other <> profile
RETURN wanted AS id, collect(other.id) AS others
