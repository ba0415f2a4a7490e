// graphcdp.segments.name_condition(id :: STRING, rule :: STRING, tree :: STRING, title :: STRING, at :: DATETIME,
//   author :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Keeps a named condition, or gives its name to another rule.
MERGE (named:NamedCondition {id: $id})
SET named.rule = $rule, named.tree = $tree, named.title = $title, named.declared_at = $at, named.declared_by = $author
