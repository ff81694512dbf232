-- Who owes an annual report for a year, and who has published it.
CREATE TABLE annual_report (
    uscc          TEXT NOT NULL CHECK (length(uscc) = 18),
    year          INTEGER NOT NULL,
    party_name    TEXT NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    division      TEXT NOT NULL,
    published_on  TEXT,
    -- Day on which the job has looked at it after the end of the period; empty before.
    looked_at_on  TEXT,
    PRIMARY KEY (uscc, year)
) STRICT;
CREATE INDEX annual_report_open ON annual_report (year, uscc) WHERE looked_at_on IS NULL;
-- What was told of the length of a stay: nothing, that it will be full, that it is.
ALTER TABLE abnormal_entry ADD COLUMN stay_told TEXT NOT NULL DEFAULT '' CHECK (stay_told IN ('', 'NOTICE', 'FULL'));
-- Day on which the office that handles cases was asked to consider the revocation of the licence; empty before.
ALTER TABLE abnormal_entry ADD COLUMN revocation_asked_on TEXT;
-- Office that decided the listing; empty before, and for what was written before.
ALTER TABLE abnormal_entry ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
