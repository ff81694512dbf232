-- What the analysis of complaints needs: a copy that the feeds of registry and collection rebuild. Nothing of a caller, no text but
-- the hotline's classification.

-- Where an enterprise is and how large.
CREATE TABLE complaint_party (
    uscc        TEXT    NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    division    TEXT    NOT NULL CHECK (length(division) <= 12),
    -- Registered capital in fen; 0 when not known.
    capital_fen INTEGER NOT NULL CHECK (capital_fen >= 0)
) STRICT, WITHOUT ROWID;

-- Fields in which it is, or was, marked, with the sub-kinds of its licences.
CREATE TABLE complaint_mark (
    uscc     TEXT    NOT NULL CHECK (length(uscc) = 18),
    field    TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    carried  INTEGER NOT NULL CHECK (carried IN (0, 1)),
    category TEXT    NOT NULL CHECK (length(category) <= 400),
    PRIMARY KEY (uscc, field)
) STRICT, WITHOUT ROWID;

-- Complaints and tips about a known enterprise.
CREATE TABLE complaint (
    ticket      TEXT    NOT NULL PRIMARY KEY CHECK (length(ticket) BETWEEN 3 AND 200),
    uscc        TEXT    NOT NULL CHECK (length(uscc) = 18),
    -- Empty when the ticket names none.
    field       TEXT    NOT NULL CHECK (length(field) <= 20),
    -- The same for all tickets of one caller on one matter.
    event       TEXT    NOT NULL CHECK (length(event) BETWEEN 1 AND 200),
    accepted_on TEXT    NOT NULL,
    -- The hotline's classification.
    topic       TEXT    NOT NULL CHECK (length(topic) <= 400),
    finding     TEXT    NOT NULL CHECK (finding IN ('Open', 'Substantiated', 'Refuted'))
) STRICT, WITHOUT ROWID;
-- Serves the scan, which reads the days of its windows.
CREATE INDEX complaint_by_day ON complaint (accepted_on);
