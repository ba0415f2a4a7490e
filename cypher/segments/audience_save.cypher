// graphcdp.segments.audience_save(id :: STRING, name :: STRING, question :: STRING, live :: BOOLEAN, at :: DATETIME,
//   author :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// An audience: what was asked, and whether it is asked again.
MERGE (audience:Audience {id: $id})
  ON CREATE SET audience.made_at = $at, audience.made_by = $author
SET audience.name = $name, audience.question = $question, audience.live = $live
