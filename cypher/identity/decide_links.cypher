// graphcdp.identity.decide_links(rows :: LIST OF ANY, decided_at :: DATETIME, decided_by :: STRING, reason :: STRING)
//   :: VOID
// MODE WRITE
// INTERNAL
// A person's word about links. A row: the two keys, the state `cut` or `pinned`, or null to let the replay decide. A
// link that was never seen is made, with no sighting.
UNWIND $rows AS row
MATCH (low:Identity {key: row[0]})
MATCH (high:Identity {key: row[1]})
MERGE (low)-[link:LINKED]-(high)
  ON CREATE SET link.count = 0, link.sources = []
SET link.state = coalesce(row[2], 'unseen'), link.because = null, link.by_event = null,
    link.decided_at = CASE WHEN row[2] IS NULL THEN null ELSE $decided_at END,
    link.decided_by = CASE WHEN row[2] IS NULL THEN null ELSE $decided_by END,
    link.reason = CASE WHEN row[2] IS NULL THEN null ELSE $reason END
