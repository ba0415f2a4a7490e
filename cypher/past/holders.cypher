// graphcdp.past.holders(keys :: LIST OF STRING, instant :: DATETIME)
//   :: (asked :: STRING, known_from :: DATETIME, id :: STRING, founder :: STRING, profile_known_from :: DATETIME,
//       held :: LIST OF MAP)
// MODE READ
// INTERNAL
// Who held some identities (keys `namespace|value`) at a past instant by what was known then, and all that they held.
// An identity known later gives a row without `id`; one never seen gives no row.
UNWIND $keys AS asked
MATCH (one:Identity {key: asked})
OPTIONAL MATCH (one)<-[owned:HAS_IDENTITY|HAD_IDENTITY]-(holder)
WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
CALL (holder) {
  MATCH (holder)-[owned:HAS_IDENTITY|HAD_IDENTITY]->(each:Identity)
  WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
  WITH each, owned ORDER BY each.key
  RETURN collect({key: each.key, valid_from: owned.valid_from}) AS held
}
RETURN asked, one.known_from AS known_from, holder.id AS id, holder.founder AS founder,
       holder.known_from AS profile_known_from, held
