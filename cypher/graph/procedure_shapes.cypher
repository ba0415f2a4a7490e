// graphcdp.graph.procedure_shapes(prefix :: STRING) :: (name :: STRING, inputs :: LIST OF STRING, outputs :: LIST OF STRING)
// MODE READ
// INTERNAL
// The procedures that can be called now, with the names of what goes in and comes out.
SHOW PROCEDURES YIELD name, argumentDescription, returnDescription
WHERE name STARTS WITH $prefix
RETURN name, [each IN argumentDescription | each.name] AS inputs, [each IN returnDescription | each.name] AS outputs
