"""The commands about what may be done with data: `erase`, `export`, `readmit`, `policy`, `consent`."""

from graphcdp.cli.governance import consent as consent
from graphcdp.cli.governance import dataflow as dataflow
from graphcdp.cli.governance import policy as policy
from graphcdp.cli.governance import privacy as privacy
