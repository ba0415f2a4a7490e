// graphcdp.destinations.suppress(rows :: LIST OF ANY, at :: DATETIME, author :: STRING) :: (profiles :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Identities that nothing is sent to, whether they were ever seen or not. A row: key, destination or null, why, until.
// Says whose they are.
UNWIND $rows AS row
MERGE (listed:Suppression {id: row[0] + '|' + coalesce(row[1], '')})
SET listed.key = row[0], listed.destination = row[1], listed.because = row[2], listed.until = row[3], listed.at = $at,
    listed.by = $author
WITH row
OPTIONAL MATCH (:Identity {key: row[0]})<-[:HAS_IDENTITY]-(person:Profile)
RETURN collect(DISTINCT person.id) AS profiles
