-- What becomes of a ticket (a protobuf xinjian.collection.v1.TicketProgress), and the first ticket on the same event where the
-- hotline did not name it.
ALTER TABLE ticket ADD COLUMN progress BYTEA NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN joined_to TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(joined_to) <= 100);
ALTER TABLE ticket ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

-- Callers, sealed: a nonce and the SM4-GCM of a protobuf xinjian.collection.v1.TicketCaller, bound to the ticket. `mark` is an
-- HMAC of caller and event under another key: equal for one caller and one event, and nothing else can be read from it.
CREATE TABLE ticket_caller (
    ticket_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(ticket_id) = 32),
    sealed      BYTEA NOT NULL CHECK (length(sealed) <= 4096),
    mark        TEXT COLLATE "C" NOT NULL CHECK (length(mark) = 64),
    ticket_no   TEXT COLLATE "C" NOT NULL CHECK (length(ticket_no) BETWEEN 1 AND 100),
    accepted_on DATE NOT NULL
);

-- Serves the search for the first ticket on an event.
CREATE INDEX ticket_caller_by_mark ON ticket_caller (mark, accepted_on, ticket_id);

-- What the key of the callers is known by, once there is one: a database keeps to one key.
CREATE TABLE caller_key (
    id        SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    key_check TEXT COLLATE "C" NOT NULL CHECK (length(key_check) = 64)
);
