// graphcdp.governance.labelled() :: (kind :: STRING, id :: STRING, labels :: LIST OF STRING)
// MODE READ
// INTERNAL
// Datasets and fields that bear labels.
MATCH (node)-[:LABELLED]->(label:Label)
WITH node, label ORDER BY label.id
RETURN labels(node)[0] AS kind, node.id AS id, collect(label.id) AS labels
ORDER BY kind, id
