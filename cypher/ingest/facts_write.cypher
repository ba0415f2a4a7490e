// graphcdp.ingest.facts_write(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// The attributes in force. A row: profile id, facts (JSON), search text, attributes as properties (null removes).
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
SET profile.facts = row[1], profile.search_text = row[2], profile += row[3]
