-- Which results take effect without review is data of the combination: by what has happened, and by whether the class gets riskier.
-- What happened is kept until the enterprise is scored again.
CREATE TABLE rescore_kept (
    uscc  TEXT NOT NULL CHECK (length(uscc) = 18),
    -- A source of evidence, or another trigger that the combination names.
    kind  TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    -- Event that made it necessary.
    cause TEXT NOT NULL,
    PRIMARY KEY (uscc, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO rescore_kept (uscc, kind, cause) SELECT uscc, 'other', cause FROM rescore_due;
DROP TABLE rescore_due;
ALTER TABLE rescore_kept RENAME TO rescore_due;

-- The rule by which a class took effect without a run: what had happened, its label, whether the class got riskier, and the source
-- of the rule. Empty for a class that an approved run gave.
ALTER TABLE class ADD COLUMN effect_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE class ADD COLUMN effect_label TEXT NOT NULL DEFAULT '';
ALTER TABLE class ADD COLUMN effect_worse INTEGER NOT NULL DEFAULT 0 CHECK (effect_worse IN (0, 1));
ALTER TABLE class ADD COLUMN effect_cites TEXT NOT NULL DEFAULT '';

-- Results that wait for the next approved run, beside the classes in effect. Never served as a class.
CREATE TABLE class_waiting (
    uscc              TEXT    NOT NULL CHECK (length(uscc) = 18),
    field             TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    -- Codes as they would be; empty where the class would end.
    code              TEXT    NOT NULL CHECK (length(code) <= 8),
    general_code      TEXT    NOT NULL CHECK (length(general_code) <= 8),
    professional_code TEXT    NOT NULL CHECK (length(professional_code) <= 8),
    as_of             TEXT    NOT NULL CHECK (length(as_of) = 10),
    since_us          INTEGER NOT NULL,
    -- The rule by which it waits.
    effect_kind       TEXT    NOT NULL,
    effect_label      TEXT    NOT NULL,
    effect_worse      INTEGER NOT NULL CHECK (effect_worse IN (0, 1)),
    effect_cites      TEXT    NOT NULL,
    PRIMARY KEY (uscc, field)
) STRICT, WITHOUT ROWID;
