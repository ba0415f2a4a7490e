// graphcdp.graph.remember_procedure(name :: STRING, signature :: STRING, checksum :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Records what was installed, so that only a change installs it again.
MERGE (procedure:InstalledProcedure {name: $name})
SET procedure.signature = $signature, procedure.checksum = $checksum, procedure.installed_at = datetime()
