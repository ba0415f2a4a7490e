// graphcdp.scores.save(name :: STRING, kind :: STRING, title :: STRING, settings :: STRING, card :: STRING,
//   people :: INTEGER, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Keeps what a score is and how good it is.
MERGE (score:Score {id: $name})
SET score.kind = $kind, score.title = $title, score.settings = $settings, score.card = $card, score.people = $people,
    score.made_at = $at
