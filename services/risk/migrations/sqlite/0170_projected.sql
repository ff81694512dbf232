-- What the conditions of the models made of each piece of evidence, in 16 bytes an item instead of 20: indicator (16 bits), day and
-- last day (24 bits each) as one number, then the value. Everything is made anew at the start, as for other models.
DROP TABLE projected;
CREATE TABLE projected (
    uscc   TEXT NOT NULL,
    record TEXT NOT NULL,
    items  BLOB NOT NULL CHECK (length(items) > 0 AND length(items) % 16 = 0),
    PRIMARY KEY (uscc, record)
) STRICT, WITHOUT ROWID;
