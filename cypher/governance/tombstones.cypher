// graphcdp.governance.tombstones(ids :: LIST OF STRING) :: (id :: STRING, readmitted_at :: DATETIME)
// MODE READ
// INTERNAL
// Which of some hashes are of what was erased; and from when on, where the person came back since.
UNWIND $ids AS wanted
MATCH (stone:Tombstone {id: wanted})
RETURN wanted AS id, stone.readmitted_at AS readmitted_at
