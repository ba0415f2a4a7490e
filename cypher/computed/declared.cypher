// graphcdp.computed.declared()
//   :: (id :: STRING, expression :: STRING, tree :: STRING, at_least :: INTEGER, title :: STRING, state :: STRING,
//       declared_at :: DATETIME, declared_by :: STRING, filled_to :: STRING)
// MODE READ
// The computed attributes by name: the expression, its tree (JSON), the least number of events, and how far the profiles
// that were there before it have been gone through (`state` is `filling`, then `current`).
MATCH (attribute:ComputedAttribute)
RETURN attribute.id AS id, attribute.expression AS expression, attribute.tree AS tree, attribute.at_least AS at_least,
       attribute.title AS title, attribute.state AS state, attribute.declared_at AS declared_at,
       attribute.declared_by AS declared_by, attribute.filled_to AS filled_to
ORDER BY id
