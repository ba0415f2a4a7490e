// graphcdp.computed.filled(id :: STRING, version :: STRING, filled_to :: STRING, state :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Notes how far the profiles have been gone through for a computed attribute.
MATCH (attribute:ComputedAttribute {id: $id, version: $version})
SET attribute.filled_to = $filled_to, attribute.state = $state
