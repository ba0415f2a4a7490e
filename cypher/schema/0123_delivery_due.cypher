// The queue of each destination, and its dead letters.
CREATE INDEX delivery_due IF NOT EXISTS FOR (delivery:Delivery) ON (delivery.destination, delivery.state, delivery.due)
