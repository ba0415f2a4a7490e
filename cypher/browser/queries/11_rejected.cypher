// What could not be taken in, and why
MATCH (row:Rejected)
RETURN row.source AS source, row.code AS code, row.field AS field, count(*) AS rows, collect(row.reason)[0] AS example
ORDER BY rows DESC
