// graphcdp.governance.erase_redact(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Takes an erased person's identities out of what others did. A row: id, identity keys that stay, payload.
UNWIND $rows AS row
CALL (row) {
  MATCH (fact:Event {id: row[0]})
  RETURN fact
  UNION
  MATCH (fact:Record {id: row[0]})
  RETURN fact
}
SET fact.identity_keys = row[1], fact.payload = row[2]
FOREACH (_ IN CASE WHEN size(row[1]) < 2 THEN [1] ELSE [] END | REMOVE fact:Evidence)
