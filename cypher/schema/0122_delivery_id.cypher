// What is to be brought in step at a destination, and afterwards the receipt; the id is its idempotency key.
CREATE CONSTRAINT delivery_id IF NOT EXISTS FOR (delivery:Delivery) REQUIRE delivery.id IS UNIQUE
