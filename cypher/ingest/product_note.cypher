// graphcdp.ingest.product_note(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// What is known of products. A row: id, name, category; null leaves what stands.
UNWIND $rows AS row
MERGE (product:Product {id: row[0]})
SET product.name = coalesce(row[1], product.name), product.category = coalesce(row[2], product.category)
