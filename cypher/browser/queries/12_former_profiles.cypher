// Old profile ids and whom they belong to now
MATCH merged = (:FormerProfile)-[:MERGED_INTO]->(:Profile)
RETURN merged LIMIT 50
