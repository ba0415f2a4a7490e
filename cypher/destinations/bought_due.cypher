// graphcdp.destinations.bought_due(before :: DATETIME) :: (id :: STRING, days :: INTEGER, looked :: DATETIME)
// MODE READ
// INTERNAL
// Active activations that tell what was bought lately, and that were last looked through for what is no longer late before an
// instant.
MATCH (activation:Activation)
WHERE activation.state = 'active' AND activation.mode = 'members'
  AND any(one IN activation.mapping WHERE one STARTS WITH 'bought=')
WITH activation, coalesce(activation.bought_to, activation.created_at) AS looked
WHERE looked <= $before
RETURN activation.id AS id, activation.bought_days AS days, looked
