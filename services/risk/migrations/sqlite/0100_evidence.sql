-- What is known of enterprises, from registry and collection: a copy that their feeds rebuild.

-- One row. Whoever changes evidence, or freezes or approves a run, locks it first: these never overlap.
CREATE TABLE evidence_head (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision       INTEGER NOT NULL,
    -- Position in collection's feed up to which evidence is known.
    collection_seq INTEGER NOT NULL,
    -- Models for which `projected` was made; another set makes it anew.
    models         TEXT    NOT NULL
) STRICT;
INSERT INTO evidence_head (id, revision, collection_seq, models) VALUES (1, 0, 0, '');

-- Division of each enterprise, for the scope of its class.
CREATE TABLE enterprise (
    uscc     TEXT NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    division TEXT NOT NULL CHECK (length(division) <= 12)
) STRICT, WITHOUT ROWID;

-- Fields in which an enterprise is, or was, marked; it is classed in each field whose mark it carries.
CREATE TABLE mark (
    uscc    TEXT    NOT NULL CHECK (length(uscc) = 18),
    field   TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    carried INTEGER NOT NULL CHECK (carried IN (0, 1)),
    PRIMARY KEY (uscc, field)
) STRICT, WITHOUT ROWID;

-- Every piece of evidence as it was told, so that a new model can be applied to what came before it.
CREATE TABLE evidence (
    name      TEXT    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 3 AND 200),
    uscc      TEXT    NOT NULL CHECK (length(uscc) = 18),
    source    TEXT    NOT NULL CHECK (length(source) BETWEEN 1 AND 40),
    -- Position of the event that told it, in the feed that it came by.
    known_seq INTEGER NOT NULL,
    payload   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- What the conditions of the models made of each piece: items of 20 bytes (indicator, day, last day, value), packed, because
-- a full run reads all of them. Their indicators are ordinals among those of all models in `evidence_head.models`. A piece
-- that no indicator counts has no row.
CREATE TABLE projected (
    uscc   TEXT NOT NULL,
    record TEXT NOT NULL,
    items  BLOB NOT NULL CHECK (length(items) > 0 AND length(items) % 20 = 0),
    PRIMARY KEY (uscc, record)
) STRICT, WITHOUT ROWID;
