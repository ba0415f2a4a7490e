// People by words of their names and identifiers.
CREATE FULLTEXT INDEX profile_search IF NOT EXISTS FOR (node:Profile) ON EACH [node.search_text]
