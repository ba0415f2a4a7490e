// graphcdp.destinations.turning(now :: DATETIME) :: (id :: STRING, state :: STRING, filling :: BOOLEAN)
// MODE READ
// INTERNAL
// Activations that begin or end by now, or whose people are still to be gone through; and what state they come to.
MATCH (activation:Activation)
WITH activation, coalesce(activation.filling, false) AS filling,
     CASE WHEN activation.state = 'scheduled' AND activation.starts <= $now AND $now < activation.ends THEN 'active'
          WHEN activation.state IN ['scheduled', 'active', 'paused'] AND activation.ends <= $now THEN 'ended'
          ELSE activation.state END AS state
WHERE state <> activation.state OR filling
RETURN activation.id AS id, state, filling AND state = activation.state AS filling
ORDER BY id
