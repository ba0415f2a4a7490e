// graphcdp.computed.declare(id :: STRING, expression :: STRING, tree :: STRING, at_least :: INTEGER,
//   title :: STRING, version :: STRING, at :: DATETIME, author :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Keeps the declaration of a computed attribute; profiles are gone through anew where it says something else.
MATCH (lock:Lock {id: 'ingest'})
SET lock.taken_at = $at
MERGE (attribute:ComputedAttribute {id: $id})
SET attribute.filled_to = CASE WHEN attribute.version = $version THEN attribute.filled_to ELSE '' END,
    attribute.state = CASE WHEN attribute.version = $version THEN attribute.state ELSE 'filling' END,
    attribute.expression = $expression, attribute.tree = $tree, attribute.at_least = $at_least,
    attribute.title = $title, attribute.version = $version, attribute.declared_at = $at,
    attribute.declared_by = $author
