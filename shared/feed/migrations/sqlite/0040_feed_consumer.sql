-- How far each reader of a feed has come. It moves in the transaction that handles the events.
CREATE TABLE feed_cursor (
    consumer TEXT    NOT NULL,
    feed     TEXT    NOT NULL,
    epoch    INTEGER NOT NULL CHECK (epoch >= 0),
    seq      INTEGER NOT NULL CHECK (seq >= 0),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (consumer, feed)
) STRICT;

-- Events on which a reaction has acted; never emptied, so that a feed read again changes nothing.
CREATE TABLE reaction_done (
    consumer TEXT    NOT NULL,
    feed     TEXT    NOT NULL,
    event_id TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (consumer, feed, event_id)
) STRICT;

-- Events that could not be handled, and those of the same subject behind them. The payload stays in the feed, where it
-- can be erased.
CREATE TABLE feed_parked (
    consumer TEXT    NOT NULL,
    feed     TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    event_id TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    -- Why it could not be handled; empty for one that only waits behind another.
    error    TEXT    NOT NULL,
    PRIMARY KEY (consumer, feed, seq)
) STRICT;

CREATE INDEX feed_parked_subject ON feed_parked (consumer, feed, subject, seq);
