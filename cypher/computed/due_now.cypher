// graphcdp.computed.due_now(now :: DATETIME, most = 500 :: INTEGER) :: (profile_id :: STRING, id :: STRING, at :: DATETIME)
// MODE READ
// INTERNAL
// Which computed attributes of whom are to be looked at again by now, the longest due first.
MATCH (profile:Profile)-[due:DUE]->(attribute:ComputedAttribute)
WHERE due.at <= $now
RETURN profile.id AS profile_id, attribute.id AS id, due.at AS at
ORDER BY at LIMIT $most
