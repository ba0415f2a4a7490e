// graphcdp.scores.all()
//   :: (name :: STRING, kind :: STRING, title :: STRING, settings :: STRING, card :: STRING, people :: INTEGER,
//       made_at :: DATETIME)
// MODE READ
// The scores that are kept with people, by name: `settings` and `card` are JSON, `people` how many have a value.
MATCH (score:Score)
RETURN score.id AS name, score.kind AS kind, score.title AS title, score.settings AS settings, score.card AS card,
       score.people AS people, score.made_at AS made_at
ORDER BY name
