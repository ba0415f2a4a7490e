// graphcdp.identity.likely_save(rows :: LIST OF ANY, run :: STRING, known_at :: DATETIME) :: (open :: INTEGER)
// MODE WRITE
// INTERNAL
// Suggestions that two people are one: new, or seen again by another run. One that a person answered keeps its answer.
// A row: smaller profile id, larger profile id, probability, waterfall (JSON), id for a new one. `open` counts those
// that wait for an answer.
UNWIND $rows AS row
MATCH (left_one:Profile {id: row[0]})
MATCH (right_one:Profile {id: row[1]})
MERGE (left_one)-[link:LIKELY_SAME]-(right_one)
  ON CREATE SET link.id = row[4], link.state = 'proposed', link.suggested_at = $known_at
WITH link, row WHERE link.state = 'proposed'
SET link.probability = row[2], link.waterfall = row[3], link.run = $run
RETURN count(link) AS open
