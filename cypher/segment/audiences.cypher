// graphcdp.segment.audiences()
//   :: (id :: STRING, name :: STRING, question :: STRING, live :: BOOLEAN, people :: INTEGER, made_at :: DATETIME,
//       made_by :: STRING, refreshed_at :: DATETIME)
// MODE READ
// The audiences that journeys published, by id: what was asked (JSON), whether it is asked again, how many are listed.
MATCH (audience:Audience)
RETURN audience.id AS id, audience.name AS name, audience.question AS question, audience.live AS live,
       coalesce(audience.people, 0) AS people, audience.made_at AS made_at, audience.made_by AS made_by,
       audience.refreshed_at AS refreshed_at
ORDER BY id
