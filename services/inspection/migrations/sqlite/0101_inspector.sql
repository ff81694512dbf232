-- The directory of inspectors (执法检查人员名录库). Lists are sorted and joined by commas.
CREATE TABLE inspector (
    inspector_no         TEXT NOT NULL PRIMARY KEY CHECK (length(inspector_no) BETWEEN 1 AND 20),
    office               TEXT NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    fields               TEXT NOT NULL CHECK (length(fields) BETWEEN 2 AND 500),
    divisions            TEXT NOT NULL CHECK (length(divisions) BETWEEN 4 AND 500),
    cap                  INTEGER NOT NULL CHECK (cap BETWEEN 1 AND 10000),
    certificate_valid_to TEXT NOT NULL,
    available            INTEGER NOT NULL,
    revision             INTEGER NOT NULL CHECK (revision >= 1)
) STRICT;
CREATE INDEX inspector_by_office ON inspector (office, inspector_no);

-- Who must not visit whom (回避). The reason stays in the house.
CREATE TABLE recusal (
    inspector_no TEXT NOT NULL REFERENCES inspector (inspector_no),
    uscc         TEXT NOT NULL CHECK (length(uscc) = 18),
    reason       TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    declared_by  TEXT NOT NULL,
    PRIMARY KEY (inspector_no, uscc)
) STRICT;
