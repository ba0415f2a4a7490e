// The rows of a report are numbered; a page begins after a number.
CREATE CONSTRAINT report_row_number IF NOT EXISTS FOR (node:ReportRow) REQUIRE (node.report, node.number) IS UNIQUE
