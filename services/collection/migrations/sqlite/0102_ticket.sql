-- Hotline tickets, each known by the digest of channel and ticket number. There is no column for the caller (X3).
-- `content` is the ticket as it was accepted, a protobuf xinjian.collection.v1.Ticket without the fields that the system
-- sets.
CREATE TABLE ticket (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    channel     TEXT    NOT NULL CHECK (length(channel) BETWEEN 1 AND 40),
    ticket_no   TEXT    NOT NULL CHECK (length(ticket_no) BETWEEN 1 AND 100),
    uscc        TEXT             CHECK (length(uscc) = 18),
    field       TEXT    NOT NULL CHECK (length(field) <= 20),
    -- Division of the event.
    division    TEXT    NOT NULL CHECK (length(division) <= 12),
    accepted_on TEXT    NOT NULL CHECK (length(accepted_on) = 10),
    state       TEXT    NOT NULL CHECK (state IN ('Unmatched', 'Attached')),
    received_us INTEGER NOT NULL,
    content     BLOB    NOT NULL CHECK (length(content) <= 65536)
) STRICT;

-- Serves the tickets about one party, the latest first, and those that wait for it.
CREATE INDEX ticket_by_party ON ticket (uscc, accepted_on, id);
-- Serves the list of all tickets, the latest first.
CREATE INDEX ticket_by_day ON ticket (accepted_on, id);
