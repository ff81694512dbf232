-- How far each reader of a feed has come. It moves in the transaction that handles the events.
CREATE TABLE feed_cursor (
    consumer TEXT COLLATE "C" NOT NULL,
    feed     TEXT COLLATE "C" NOT NULL,
    epoch    BIGINT           NOT NULL CHECK (epoch >= 0),
    seq      BIGINT           NOT NULL CHECK (seq >= 0),
    hash     BYTEA            NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (consumer, feed)
);

-- Events on which a reaction has acted; never emptied, so that a feed read again changes nothing.
CREATE TABLE reaction_done (
    consumer TEXT COLLATE "C" NOT NULL,
    feed     TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    seq      BIGINT           NOT NULL,
    PRIMARY KEY (consumer, feed, event_id)
);

-- Events that could not be handled, and those of the same subject behind them. The payload stays in the feed, where it
-- can be erased.
CREATE TABLE feed_parked (
    consumer TEXT COLLATE "C" NOT NULL,
    feed     TEXT COLLATE "C" NOT NULL,
    seq      BIGINT           NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    subject  TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    -- Why it could not be handled; empty for one that only waits behind another.
    error    TEXT             NOT NULL,
    PRIMARY KEY (consumer, feed, seq)
);

CREATE INDEX feed_parked_subject ON feed_parked (consumer, feed, subject, seq);
