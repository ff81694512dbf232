-- What the search for a party needs: its address, and the order in which parties were told, so that a process can read what
-- changed since it looked last. Addresses of parties that were told before come with their next change.
ALTER TABLE party ADD COLUMN address TEXT NOT NULL DEFAULT '' CHECK (length(address) <= 300);
ALTER TABLE party ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- Serves the parties that were told since a revision.
CREATE INDEX party_by_revision ON party (revision, uscc);

-- One row. Who tells of parties counts it up first, so that revisions are committed in their order.
CREATE TABLE party_directory (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL CHECK (revision >= 0)
) STRICT;
INSERT INTO party_directory (id, revision) VALUES (1, 0);
