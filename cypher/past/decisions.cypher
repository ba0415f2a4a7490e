// graphcdp.past.decisions(keys :: LIST OF STRING) :: (decisions :: LIST OF ANY, hubs :: LIST OF ANY)
// MODE READ
// INTERNAL
// What people ever decided about some identities, [when, what (JSON)] in order; and which of them were ever taken for
// hubs, [key, `quarantined` or `released`, since when it was quarantined].
CALL () {
  UNWIND $keys AS key
  MATCH (:Identity {key: key})<-[:CONCERNS]-(change:Change)
  WHERE change.decision IS NOT NULL
  WITH DISTINCT change ORDER BY change.at, change.writer, change.seq
  RETURN collect([change.at, change.decision]) AS decisions
}
CALL () {
  UNWIND $keys AS key
  MATCH (one:Identity {key: key})
  USING INDEX one:Identity(key)
  WHERE one.hub IS NOT NULL
  RETURN collect([one.key, one.hub, one.hub_at]) AS hubs
}
RETURN decisions, hubs
