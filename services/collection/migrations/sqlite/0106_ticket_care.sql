-- What becomes of a ticket (a protobuf xinjian.collection.v1.TicketProgress), and the first ticket on the same event where the
-- hotline did not name it.
ALTER TABLE ticket ADD COLUMN progress BLOB NOT NULL DEFAULT X'';
ALTER TABLE ticket ADD COLUMN joined_to TEXT NOT NULL DEFAULT '' CHECK (length(joined_to) <= 100);
ALTER TABLE ticket ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- Callers, sealed: a nonce and the SM4-GCM of a protobuf xinjian.collection.v1.TicketCaller, bound to the ticket. `mark` is an
-- HMAC of caller and event under another key: equal for one caller and one event, and nothing else can be read from it.
CREATE TABLE ticket_caller (
    ticket_id   TEXT NOT NULL PRIMARY KEY CHECK (length(ticket_id) = 32),
    sealed      BLOB NOT NULL CHECK (length(sealed) <= 4096),
    mark        TEXT NOT NULL CHECK (length(mark) = 64),
    ticket_no   TEXT NOT NULL CHECK (length(ticket_no) BETWEEN 1 AND 100),
    accepted_on TEXT NOT NULL
) STRICT;

-- Serves the search for the first ticket on an event.
CREATE INDEX ticket_caller_by_mark ON ticket_caller (mark, accepted_on, ticket_id);

-- What the key of the callers is known by, once there is one: a database keeps to one key.
CREATE TABLE caller_key (
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key_check TEXT NOT NULL CHECK (length(key_check) = 64)
) STRICT;
