// graphcdp.decisions.hold_outs() :: (id :: STRING, title :: STRING, percent :: FLOAT)
// MODE READ
// Groups of people who are shown nothing of the offers held out by them, and which share of everybody they are.
MATCH (group:HoldOut)
RETURN group.id AS id, group.title AS title, group.percent AS percent
ORDER BY id
