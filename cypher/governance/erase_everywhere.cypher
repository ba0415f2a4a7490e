// graphcdp.governance.erase_everywhere(keys :: LIST OF STRING, values :: LIST OF STRING, tails :: LIST OF STRING)
//   :: (id :: STRING)
// MODE READ
// INTERNAL
// Events and records of anybody, but for those that hang on some identities (keys), that may say one of some values (in
// small letters), or the last digits (tails) of a phone number. It reads every one of them.
CALL () {
  MATCH (fact:Event)
  RETURN fact
  UNION
  MATCH (fact:Record)
  RETURN fact
}
WITH fact, toLower(fact.payload + coalesce(fact.attributes, '')) AS said
WHERE any(value IN $values WHERE said CONTAINS value)
   OR any(tail IN $tails
          WHERE replace(replace(replace(replace(replace(said, ' ', ''), '-', ''), '(', ''), ')', ''), '.', '') CONTAINS tail)
MATCH (fact)<-[:PERFORMED|STATED]-(one:Identity)
WHERE NOT one.key IN $keys
RETURN DISTINCT fact.id AS id
