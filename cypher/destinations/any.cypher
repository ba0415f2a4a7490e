// graphcdp.destinations.any() :: (activations :: INTEGER)
// MODE READ
// INTERNAL
// How many activations there are (from the store of counts: it costs nothing).
MATCH (activation:Activation)
RETURN count(activation) AS activations
