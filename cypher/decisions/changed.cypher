// graphcdp.decisions.changed(version :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Tells every process that offers, placements or hold-out groups changed.
MERGE (shelf:Shelf {id: 'offers'})
SET shelf.version = $version
