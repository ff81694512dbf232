-- Licences of the key fields, as their last decision left them. Expiry is never written: it is computed from valid_to on
-- reading. The holder may be unknown to the register: the licence is kept and counts once the holder is registered.
CREATE TABLE licence (
    licence_no    TEXT    NOT NULL PRIMARY KEY CHECK (length(licence_no) BETWEEN 1 AND 40),
    uscc          TEXT    NOT NULL CHECK (length(uscc) = 18),
    field         TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    -- Sub-kinds, sorted, separated by line feeds.
    sub_kinds     TEXT    NOT NULL CHECK (length(sub_kinds) <= 1000),
    site_division TEXT    NOT NULL CHECK (length(site_division) <= 12),
    valid_from    TEXT    NOT NULL CHECK (length(valid_from) = 10),
    valid_to      TEXT    NOT NULL CHECK (length(valid_to) = 10 AND valid_to >= valid_from),
    state         TEXT    NOT NULL CHECK (length(state) BETWEEN 1 AND 40),
    -- Record of collection that the present content rests on; empty when recorded by hand.
    source_record TEXT    NOT NULL CHECK (length(source_record) <= 200),
    -- Date of the decision that the present content rests on: an older decision that arrives later changes nothing.
    decided_on    TEXT    NOT NULL CHECK (length(decided_on) = 10),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    updated_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Serves the derivation of marks and the list of one enterprise's licences.
CREATE INDEX licence_by_holder ON licence (uscc, field, licence_no);
-- Serve the daily search for terms that began or ended.
CREATE INDEX licence_by_last_day ON licence (valid_to);
CREATE INDEX licence_by_first_day ON licence (valid_from);
-- Serves the withdrawal of the record that a licence rests on.
CREATE INDEX licence_by_record ON licence (source_record);

-- Permits of a key field that could not become licences, each with what is wrong, until a later record of the same
-- permit is in order or the record is withdrawn.
CREATE TABLE refused_permit (
    record        TEXT    NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 200),
    uscc          TEXT    NOT NULL CHECK (length(uscc) <= 18),
    party_name    TEXT    NOT NULL CHECK (length(party_name) <= 200),
    field         TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    permit_no     TEXT    NOT NULL CHECK (length(permit_no) <= 200),
    division      TEXT    NOT NULL CHECK (length(division) <= 12),
    problem       TEXT    NOT NULL CHECK (length(problem) BETWEEN 1 AND 1000),
    refused_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row that a registration and a batch of permits lock before they look for each other: neither may miss that the other
-- brings the holder of a licence, or a licence of the holder.
CREATE TABLE registration_gate (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1)
) STRICT;
INSERT INTO registration_gate (one) VALUES (1);
