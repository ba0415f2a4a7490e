// graphcdp.destinations.any()
//   :: (activations :: INTEGER, reminders :: LIST OF ANY, triggers :: LIST OF ANY)
// MODE READ
// INTERNAL
// How many activations there are, and of those that remind: [id, type of event that wishes for it, property with the day,
// days]; of the active triggers: [id, what it tells of, names of fields or none].
MATCH (activation:Activation)
WITH count(activation) AS activations,
       collect(CASE WHEN activation.mode = 'reminders' AND activation.state IN ['active', 'paused']
                    THEN [activation.id, activation.event, activation.on_property, activation.after_days] END) AS reminders
RETURN activations, reminders,
       COLLECT { MATCH (trigger:Trigger) WHERE trigger.state = 'active' RETURN [trigger.id, trigger.on, trigger.names] } AS triggers
