// graphcdp.decisions.placements(id = null :: STRING)
//   :: (id :: STRING, title :: STRING, channel :: STRING, slots :: INTEGER, recommend :: INTEGER, fallback :: STRING)
// MODE READ
// Where offers are shown, by id; one of them where given. `slots` offers at most, `recommend` products; `fallback` is JSON.
MATCH (place:Placement)
WHERE $id IS NULL OR place.id = $id
RETURN place.id AS id, place.title AS title, place.channel AS channel, place.slots AS slots,
       place.recommend AS recommend, place.fallback AS fallback
ORDER BY id
