// A computed attribute by its name.
CREATE CONSTRAINT computed_attribute_id IF NOT EXISTS FOR (attribute:ComputedAttribute) REQUIRE attribute.id IS UNIQUE
