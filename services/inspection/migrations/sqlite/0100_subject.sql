-- What inspection knows of enterprises: projections of registry's and risk's feeds, rebuildable, never the origin.

-- Where an enterprise is and whether it is still registered.
CREATE TABLE subject (
    uscc               TEXT NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    division           TEXT NOT NULL CHECK (length(division) BETWEEN 4 AND 12),
    registration_state TEXT NOT NULL CHECK (length(registration_state) <= 40)
) STRICT;

-- In which key fields it carries a mark.
CREATE TABLE subject_mark (
    field    TEXT NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    uscc     TEXT NOT NULL CHECK (length(uscc) = 18),
    in_force INTEGER NOT NULL,
    PRIMARY KEY (field, uscc)
) STRICT;

-- Its risk class. Internal: read for strata, never shown.
CREATE TABLE subject_class (
    field  TEXT NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    uscc   TEXT NOT NULL CHECK (length(uscc) = 18),
    scheme TEXT NOT NULL CHECK (length(scheme) BETWEEN 1 AND 40),
    code   TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 20),
    PRIMARY KEY (field, uscc)
) STRICT;
