-- What the analysis of complaints needs: a copy that the feeds of registry and collection rebuild. Nothing of a caller, no text but
-- the hotline's classification.

-- Where an enterprise is and how large.
CREATE TABLE complaint_party (
    uscc        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    division    TEXT COLLATE "C" NOT NULL CHECK (length(division) <= 12),
    -- Registered capital in fen; 0 when not known.
    capital_fen BIGINT NOT NULL CHECK (capital_fen >= 0)
);

-- Fields in which it is, or was, marked, with the sub-kinds of its licences.
CREATE TABLE complaint_mark (
    uscc     TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    field    TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    carried  BOOLEAN NOT NULL,
    category TEXT COLLATE "C" NOT NULL CHECK (length(category) <= 400),
    PRIMARY KEY (uscc, field)
);

-- Complaints and tips about a known enterprise.
CREATE TABLE complaint (
    ticket      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(ticket) BETWEEN 3 AND 200),
    uscc        TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    -- Empty when the ticket names none.
    field       TEXT COLLATE "C" NOT NULL CHECK (length(field) <= 20),
    -- The same for all tickets of one caller on one matter.
    event       TEXT COLLATE "C" NOT NULL CHECK (length(event) BETWEEN 1 AND 200),
    accepted_on DATE NOT NULL,
    -- The hotline's classification.
    topic       TEXT COLLATE "C" NOT NULL CHECK (length(topic) <= 400),
    finding     TEXT COLLATE "C" NOT NULL CHECK (finding IN ('Open', 'Substantiated', 'Refuted'))
);
-- Serves the scan, which reads the days of its windows.
CREATE INDEX complaint_by_day ON complaint (accepted_on);
