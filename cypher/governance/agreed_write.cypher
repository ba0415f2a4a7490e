// graphcdp.governance.agreed_write(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Until when people agree to what. A row: profile id, instant of the newest word, properties (null removes).
UNWIND $rows AS row
MATCH (p:Profile {id: row[0]})
SET p.consents_said = row[1], p += row[2]
