// graphcdp.destinations.any() :: (activations :: INTEGER, reminders :: LIST OF ANY)
// MODE READ
// INTERNAL
// How many activations there are, and of those that remind: [id, type of event that wishes for it, property with the day,
// days].
MATCH (activation:Activation)
RETURN count(activation) AS activations,
       collect(CASE WHEN activation.mode = 'reminders' AND activation.state IN ['active', 'paused']
                    THEN [activation.id, activation.event, activation.on_property, activation.after_days] END) AS reminders
