// graphcdp.governance.retentions() :: (dataset :: STRING, source :: STRING, name :: STRING, days :: INTEGER)
// MODE READ
// Datasets whose facts are kept for so many days only.
MATCH (s:Source)-[:OFFERS]->(d:Dataset)
WHERE d.retention_days IS NOT NULL
RETURN d.id AS dataset, s.id AS source, d.name AS name, d.retention_days AS days
ORDER BY dataset
