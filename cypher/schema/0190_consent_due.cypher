// Marks the profiles of which something is said of consent: until when they agree is kept from now on, and made up for them.
MATCH (p:Profile)
WHERE any(name IN keys(p) WHERE name STARTS WITH 'a_consent_' OR name ENDS WITH '_opt_in')
SET p:ConsentDue
