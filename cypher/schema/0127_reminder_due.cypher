// Reminders by when they are due.
CREATE INDEX reminder_due IF NOT EXISTS FOR (reminder:Reminder) ON (reminder.state, reminder.due)
