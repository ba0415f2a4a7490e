// graphcdp.governance.erasure_write(id :: STRING, at :: DATETIME, author :: STRING, reason :: STRING, counts :: STRING,
//   tombstones :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// The receipt of an erasure, and the salted hashes that keep what was erased from coming back. A tombstone: hash, kind
// (`identity`, `fact`, `profile`).
CREATE (erasure:Erasure {id: $id, at: $at, by: $author, reason: $reason, counts: $counts})
WITH erasure
MATCH (lock:Lock {id: 'ingest'})
SET lock.erasures = coalesce(lock.erasures, 0) + 1
WITH erasure
UNWIND $tombstones AS row
MERGE (stone:Tombstone {id: row[0]})
SET stone.kind = row[1], stone.readmitted_at = null
MERGE (stone)-[:LEFT_BY]->(erasure)
