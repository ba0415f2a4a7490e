// graphcdp.identity.household_leave(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// People who are not in a household any more; a household that nobody is in goes. A row: household id, profile ids (of
// profiles, or of what were profiles once).
UNWIND $rows AS row
MATCH (h:Household {id: row[0]})
CALL (h, row) {
  MATCH (h)<-[placed:IN_HOUSEHOLD]-(p)
  WHERE p.id IN row[1]
  DELETE placed
}
WITH DISTINCT h
WHERE NOT (h)<-[:IN_HOUSEHOLD]-()
DELETE h
