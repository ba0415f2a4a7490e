// graphcdp.destinations.take_out(activation :: STRING, ids :: LIST OF STRING, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Persons whom a destination holds though it should not, by their ids, whether they are known here or not: into its queue.
MATCH (activation:Activation {id: $activation})
UNWIND $ids AS wanted
MERGE (delivery:Delivery {id: activation.id + '|' + wanted + '|reconciled|' + toString($at)})
  ON CREATE SET delivery.activation = activation.id, delivery.destination = activation.destination,
    delivery.profile = wanted, delivery.segment = activation.segment, delivery.cause = 'reconciled', delivery.at = $at,
    delivery.state = 'queued', delivery.attempts = 0, delivery.due = $at, delivery.subjects = ['person|' + wanted]
MERGE (delivery)-[:BY]->(activation)
