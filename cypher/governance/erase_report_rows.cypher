// graphcdp.governance.erase_report_rows(ids :: LIST OF STRING, keys :: LIST OF STRING) :: (redacted :: INTEGER)
// MODE WRITE
// INTERNAL
// Rows of long analyses that name some profiles (ids) or identities (keys) say `erased` in their place.
MATCH (line:ReportRow)
WHERE any(name IN line.before_keys WHERE name IN $keys) OR any(name IN line.after_keys WHERE name IN $keys)
   OR any(name IN line.before_ids WHERE name IN $ids) OR any(name IN line.after_ids WHERE name IN $ids)
SET line.before_keys = [name IN line.before_keys | CASE WHEN name IN $keys THEN 'erased' ELSE name END],
    line.after_keys = [name IN line.after_keys | CASE WHEN name IN $keys THEN 'erased' ELSE name END],
    line.before_ids = [name IN line.before_ids | CASE WHEN name IN $ids THEN 'erased' ELSE name END],
    line.after_ids = [name IN line.after_ids | CASE WHEN name IN $ids THEN 'erased' ELSE name END]
RETURN count(line) AS redacted
