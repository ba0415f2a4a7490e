// graphcdp.governance.readmit(ids :: LIST OF STRING, at :: DATETIME) :: (id :: STRING, erasure :: STRING)
// MODE WRITE
// INTERNAL
// Lets identities in again that were erased, for what happens from now on. Gives those that were, with the receipt.
UNWIND $ids AS wanted
MATCH (stone:Tombstone {id: wanted, kind: 'identity'})-[:LEFT_BY]->(erasure:Erasure)
SET stone.readmitted_at = $at
WITH wanted, erasure ORDER BY erasure.at DESC
RETURN wanted AS id, collect(erasure.id)[0] AS erasure
