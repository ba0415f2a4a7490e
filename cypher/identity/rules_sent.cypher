// graphcdp.identity.rules_sent(namespaces :: LIST OF STRING)
//   :: (seen :: LIST OF STRING, definitions :: LIST OF STRING)
// MODE READ
// INTERNAL
// Of which of these namespaces an identity was ever seen, and the definitions of all sources.
CALL () {
  UNWIND $namespaces AS namespace
  CALL (namespace) {
    MATCH (one:Identity)
    WHERE one.key STARTS WITH namespace + '|'
    RETURN one LIMIT 1
  }
  RETURN collect(namespace) AS seen
}
CALL () {
  OPTIONAL MATCH (dataset:Dataset)
  RETURN collect(dataset.definition) AS definitions
}
RETURN seen, definitions
