// graphcdp.identity.household_join(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// People in the one household each is in. A row: profile id, household id, what they share with the others (texts).
// `since` stays where the person was in that household before.
UNWIND $rows AS row
MATCH (p:Profile {id: row[0]})
CALL (p, row) {
  MATCH (p)-[placed:IN_HOUSEHOLD]->(other:Household)
  WHERE other.id <> row[1]
  DELETE placed
}
MERGE (h:Household {id: row[1]})
  ON CREATE SET h.known_from = $known_at
MERGE (p)-[placed:IN_HOUSEHOLD]->(h)
  ON CREATE SET placed.since = $known_at
SET placed.because = row[2]
