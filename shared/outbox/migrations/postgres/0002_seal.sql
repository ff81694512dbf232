-- The order of the events and the chain over them: seq has no gaps and starts at 1.
CREATE TABLE seal (
    seq       BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 1),
    outbox_id BIGINT NOT NULL UNIQUE,
    hash      BYTEA  NOT NULL CHECK (length(hash) = 32)
);

-- One row: the last seal. Sealers lock it first, so that there is one order.
CREATE TABLE feed_head (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch BIGINT NOT NULL CHECK (epoch >= 1),
    seq   BIGINT NOT NULL CHECK (seq >= 0),
    hash  BYTEA  NOT NULL CHECK (length(hash) = 32)
);

INSERT INTO feed_head (one, epoch, seq, hash)
VALUES (1, 1, 0, decode(repeat('00', 32), 'hex'));
