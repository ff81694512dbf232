-- Results that stand without anything to be put right, from before such a one could be a case lead: the service looks at each once, by the
-- rules of the day of its visit, and opens the leads that nobody was told of.
CREATE TABLE lead_to_open (
    task TEXT NOT NULL,
    uscc TEXT NOT NULL CHECK (length(uscc) = 18),
    PRIMARY KEY (task, uscc)
) STRICT, WITHOUT ROWID;
INSERT INTO lead_to_open (task, uscc)
SELECT v.task, v.uscc FROM visit v
WHERE v.settled AND v.withdrawn_on IS NULL
    AND NOT EXISTS (SELECT 1 FROM rectification r WHERE r.task = v.task AND r.uscc = v.uscc);
