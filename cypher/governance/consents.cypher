// graphcdp.governance.consents(ids :: LIST OF STRING)
//   :: (profile_id :: STRING, identities :: LIST OF STRING, links :: LIST OF ANY, words :: LIST OF ANY)
// MODE READ
// INTERNAL
// What people said about what may be done with their data: the identities of each, the links in force between them (two
// keys, since when), and every record that says something of consent (time, id, identities, attributes, source, dataset).
UNWIND $ids AS wanted
MATCH (p:Profile {id: wanted})
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED|STATED]->(word:Record)
  WHERE word.attributes CONTAINS 'consent_' OR word.attributes CONTAINS '_opt_in'
  RETURN collect([word.ts, word.id, word.identity_keys, word.attributes, word.source, word.dataset]) AS words
}
WITH wanted, p, words
WHERE words <> []
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(one.key) AS identities, collect(one) AS ones
}
CALL (ones) {
  UNWIND ones AS one
  MATCH (one)-[link:LINKED]->(other:Identity)
  WHERE other IN ones AND link.state IN ['active', 'pinned'] AND link.because IS NULL
  RETURN collect([one.key, other.key, coalesce(link.first_seen, link.decided_at)]) AS links
}
RETURN wanted AS profile_id, identities, links, words
