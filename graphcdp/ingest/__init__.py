"""The one write path: batches into the graph, group commit, files, seeds."""

from graphcdp.ingest.aliases import Aliases
from graphcdp.ingest.batcher import Batcher, BusyError
from graphcdp.ingest.file_reports import Counts, FilePreview, FileReport
from graphcdp.ingest.files import FileIngest, preview_file
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.ingest.seed_load import SeedLoader, SeedReport
from graphcdp.ingest.seeds import Seed

__all__ = [
    "Aliases",
    "Batcher",
    "BusyError",
    "Counts",
    "FileIngest",
    "FilePreview",
    "FileReport",
    "Pipeline",
    "Seed",
    "SeedLoader",
    "SeedReport",
    "preview_file",
]
