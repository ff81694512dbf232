-- The directory of inspectors (执法检查人员名录库). Lists are sorted and joined by commas.
CREATE TABLE inspector (
    inspector_no         TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(inspector_no) BETWEEN 1 AND 20),
    office               TEXT COLLATE "C" NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    fields               TEXT COLLATE "C" NOT NULL CHECK (length(fields) BETWEEN 2 AND 500),
    divisions            TEXT COLLATE "C" NOT NULL CHECK (length(divisions) BETWEEN 4 AND 500),
    cap                  BIGINT NOT NULL CHECK (cap BETWEEN 1 AND 10000),
    certificate_valid_to DATE NOT NULL,
    available            BOOLEAN NOT NULL,
    revision             BIGINT NOT NULL CHECK (revision >= 1)
);
CREATE INDEX inspector_by_office ON inspector (office, inspector_no);

-- Who must not visit whom (回避). The reason stays in the house.
CREATE TABLE recusal (
    inspector_no TEXT COLLATE "C" NOT NULL REFERENCES inspector (inspector_no),
    uscc         TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    reason       TEXT COLLATE "C" NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    declared_by  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (inspector_no, uscc)
);
