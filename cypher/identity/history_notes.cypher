// graphcdp.identity.history_notes(keys :: LIST OF STRING, own :: LIST OF STRING)
//   :: (firsts :: LIST OF ANY, changes :: LIST OF MAP, terms :: LIST OF MAP)
// MODE READ
// INTERNAL
// What a replay of the region `keys` does not tell: the facts that showed an identity first and alone (id, ts, key); the
// decisions of people about the identities `own`; when other rules came in force since the first of them was known.
CALL () {
  UNWIND $keys AS wanted
  MATCH (one:Identity {key: wanted})
  CALL (one) {
    MATCH (one)-[:PERFORMED|STATED|LENT]->(fact)
    WHERE fact.ts = one.first_seen AND fact.identity_keys = [one.key]
    RETURN fact ORDER BY fact.id + '' LIMIT 1
  }
  RETURN collect([fact.id, fact.ts, one.key]) AS firsts
}
CALL () {
  UNWIND $own AS wanted
  MATCH (:Identity {key: wanted})<-[:CONCERNS]-(change:Change)
  WHERE change.who IS NOT NULL
  WITH DISTINCT change
  CALL (change) {
    MATCH (change)-[:CONCERNS]->(about:Identity)
    WITH about.key AS about_key ORDER BY about.key + ''
    RETURN collect(about_key) AS about_keys
  }
  RETURN collect(change {.at, .kind, .who, .reason, id: change.writer + '/' + change.seq, keys: about_keys}) AS changes
}
CALL () {
  UNWIND $own AS wanted
  MATCH (one:Identity {key: wanted})
  WITH min(one.known_from) AS known_from
  MATCH (rules:RuleSet)
  WITH known_from, rules
  MATCH (rules)-[since:FOLLOWED]->()
  WHERE since.at > known_from
  WITH rules, since ORDER BY since.at, rules.id
  RETURN collect({id: rules.id, at: since.at}) AS terms
}
RETURN firsts, changes, terms
