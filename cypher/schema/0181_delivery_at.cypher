// Deliveries and receipts of each destination by time: pages of them, and how long they are kept.
CREATE INDEX delivery_at IF NOT EXISTS FOR (delivery:Delivery) ON (delivery.destination, delivery.at)
