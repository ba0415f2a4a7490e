// The nodes that ingest and the installation of procedures queue at.
UNWIND ['ingest', 'procedures'] AS id
MERGE (:Lock {id: id})
