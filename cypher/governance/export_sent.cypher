// graphcdp.governance.export_sent(ids :: LIST OF STRING, keys :: LIST OF STRING)
//   :: (deliveries :: LIST OF MAP, held_by :: LIST OF MAP, messages :: LIST OF MAP, reminders :: LIST OF MAP,
//       suppressions :: LIST OF MAP)
// MODE READ
// INTERNAL
// Where a person's data went (ids, present and past; identities): receipts, oldest first, destinations that hold it now,
// activations that ever wrote to an identity, wishes to be reminded, and where nothing may be sent.
CALL () {
  UNWIND $ids AS wanted
  MATCH (p:Profile|FormerProfile WHERE p.id = wanted)<-[:FOR]-(sent:Delivery)
  WITH DISTINCT sent ORDER BY sent.at, sent.id
  RETURN collect({destination: sent.destination, activation: sent.activation, trigger: sent.trigger,
                  segment: sent.segment, cause: sent.cause,
                  at: sent.at, state: sent.state, outcome: sent.outcome, done_at: sent.done_at}) AS deliveries
}
CALL () {
  CALL () {
    UNWIND $ids AS wanted
    MATCH (p:Profile|FormerProfile WHERE p.id = wanted)<-[hold:HOLDS]-(a:Activation)
    RETURN hold, a
    UNION
    UNWIND $keys AS wanted
    MATCH (:Identity {key: wanted})<-[hold:HOLDS]-(a:Activation)
    RETURN hold, a
  }
  MATCH (a)-[:TO]->(to:Destination)
  WITH to, a, min(hold.since) AS since ORDER BY to.id, a.id
  RETURN collect({destination: to.id, kind: to.kind, title: to.title, activation: a.id, since: since}) AS held_by
}
CALL () {
  UNWIND $keys AS wanted
  MATCH (:Identity {key: wanted})<-[wrote:MESSAGED]-(a:Activation)
  WITH wanted, wrote, a ORDER BY wrote.at, a.id
  RETURN collect({activation: a.id, identity: wanted, at: wrote.at}) AS messages
}
CALL () {
  UNWIND $keys AS wanted
  MATCH (:Identity {key: wanted})<-[:FOR]-(reminder:Reminder)
  WITH DISTINCT reminder ORDER BY reminder.due, reminder.id
  RETURN collect({activation: reminder.activation, event: reminder.event, due: reminder.due, state: reminder.state,
                  at: reminder.at}) AS reminders
}
CALL () {
  UNWIND $keys AS wanted
  MATCH (listed:Suppression {key: wanted})
  WITH listed ORDER BY listed.at, listed.id
  RETURN collect({identity: listed.key, destination: listed.destination, because: listed.because, at: listed.at,
                  until: listed.until}) AS suppressions
}
RETURN deliveries, held_by, messages, reminders, suppressions
