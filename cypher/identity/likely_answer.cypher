// graphcdp.identity.likely_answer(id :: STRING, state :: STRING, answered_by :: STRING, known_at :: DATETIME)
//   :: (id :: STRING)
// MODE WRITE
// INTERNAL
// What a person says of a suggestion.
MATCH ()-[link:LIKELY_SAME]->() WHERE link.id = $id
SET link.state = $state, link.answered_by = $answered_by, link.answered_at = $known_at
RETURN link.id AS id
