// What is kept elsewhere about this graph knows it by this name.
MATCH (lock:Lock {id: 'ingest'})
SET lock.graph = coalesce(lock.graph, randomUUID()), lock.number = coalesce(lock.number, 0)
