// graphcdp.destinations.take_out(activation :: STRING, rows :: LIST OF ANY, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// What a destination holds though it should not, whether it is known here or not: into its queue. A row: what tells it
// from others, the person's id or null, `person|id` or `identity|namespace|value`.
MATCH (activation:Activation {id: $activation})
UNWIND $rows AS row
MERGE (delivery:Delivery {id: activation.id + '|' + row[0] + '|reconciled|' + toString($at)})
  ON CREATE SET delivery.activation = activation.id, delivery.destination = activation.destination,
    delivery.profile = row[1], delivery.segment = activation.segment, delivery.cause = 'reconciled', delivery.at = $at,
    delivery.state = 'queued', delivery.attempts = 0, delivery.due = $at, delivery.subjects = [row[2]]
MERGE (delivery)-[:BY]->(activation)
