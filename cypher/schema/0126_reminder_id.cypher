// A message that a person wished for at a later day.
CREATE CONSTRAINT reminder_id IF NOT EXISTS FOR (reminder:Reminder) REQUIRE reminder.id IS UNIQUE
