// graphcdp.governance.labels()
//   :: (id :: STRING, title :: STRING, family :: STRING, built_in :: BOOLEAN, datasets :: LIST OF STRING,
//       fields :: LIST OF STRING)
// MODE READ
// The labels of data, and the datasets and fields that bear each.
MATCH (label:Label)
RETURN label.id AS id, label.title AS title, label.family AS family, coalesce(label.built_in, false) AS built_in,
       COLLECT { MATCH (label)<-[:LABELLED]-(d:Dataset) RETURN d.id ORDER BY d.id } AS datasets,
       COLLECT { MATCH (label)<-[:LABELLED]-(f:Field) RETURN f.id ORDER BY f.id } AS fields
ORDER BY family, size(id), id
