-- Keys that the service has signed with. Kept for good: a signature outlives the key that made it.
CREATE TABLE signing_key (
    key_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(key_id) BETWEEN 1 AND 64),
    public_key    TEXT NOT NULL CHECK (length(public_key) BETWEEN 1 AND 2000),
    first_used_us BIGINT NOT NULL
);
