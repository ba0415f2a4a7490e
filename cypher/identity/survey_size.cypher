// graphcdp.identity.survey_size() :: (profiles :: INTEGER)
// MODE READ
// INTERNAL
// How many profiles there are.
MATCH (p:Profile)
RETURN count(p) AS profiles
