// An impression that is not yet an event.
CREATE CONSTRAINT pending_impression_id IF NOT EXISTS FOR (one:PendingImpression) REQUIRE one.id IS UNIQUE
