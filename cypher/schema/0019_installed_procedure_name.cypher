// What graphcdp installed as a procedure, to replace it only when it changes.
CREATE CONSTRAINT installed_procedure_name IF NOT EXISTS FOR (node:InstalledProcedure) REQUIRE node.name IS UNIQUE
