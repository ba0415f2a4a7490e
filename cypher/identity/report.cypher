// graphcdp.identity.report(report_id :: STRING, first = 100 :: INTEGER, after = 0 :: INTEGER, kind = null :: STRING)
//   :: (number :: INTEGER, kind :: STRING, before :: LIST OF MAP, becomes :: LIST OF MAP)
// MODE READ
// The rows of a simulation's report, a page at a time; the next page begins after the last row's number. A `split` is a
// profile that becomes several, a `merge` several that become one. `before` and `becomes` list profiles as they are and
// as they would be: id and identities.
MATCH (line:ReportRow {report: $report_id})
WHERE line.number > $after AND ($kind IS NULL OR line.kind = $kind)
WITH line ORDER BY line.number LIMIT $first
RETURN line.number AS number, line.kind AS kind,
       [idx IN range(0, size(line.before_ids) - 1) | {id: line.before_ids[idx], identities:
         line.before_keys[reduce(begin = 0, size IN line.before_sizes[..idx] | begin + size)
                          ..reduce(end = 0, size IN line.before_sizes[..idx + 1] | end + size)]}] AS before,
       [idx IN range(0, size(line.after_ids) - 1) | {id: line.after_ids[idx], identities:
         line.after_keys[reduce(begin = 0, size IN line.after_sizes[..idx] | begin + size)
                         ..reduce(end = 0, size IN line.after_sizes[..idx + 1] | end + size)]}] AS becomes
ORDER BY number
