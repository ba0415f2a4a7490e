// A field of a dataset, of profiles or of events.
CREATE CONSTRAINT field_id IF NOT EXISTS FOR (field:Field) REQUIRE field.id IS UNIQUE
