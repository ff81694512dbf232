-- The order of the events and the chain over them: seq has no gaps and starts at 1.
CREATE TABLE seal (
    seq       INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    outbox_id INTEGER NOT NULL UNIQUE,
    hash      BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- One row: the last seal. Sealers lock it first, so that there is one order.
CREATE TABLE feed_head (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    seq   INTEGER NOT NULL CHECK (seq >= 0),
    hash  BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO feed_head (one, epoch, seq, hash) VALUES (1, 1, 0, zeroblob(32));
