-- Requests that have been answered, so that the same request again changes nothing. Only a hash of the body is kept.
CREATE TABLE request (
    caller        TEXT COLLATE "C" NOT NULL CHECK (length(caller) BETWEEN 1 AND 200),
    method        TEXT COLLATE "C" NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
    request_id    TEXT COLLATE "C" NOT NULL CHECK (length(request_id) = 36),
    body_hash     BYTEA            NOT NULL CHECK (length(body_hash) = 32),
    answer        BYTEA,
    claimed_at_us BIGINT           NOT NULL,
    PRIMARY KEY (caller, method, request_id)
);
CREATE INDEX request_by_age ON request (claimed_at_us);
