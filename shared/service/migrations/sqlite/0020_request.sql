-- Requests that have been answered, so that the same request again changes nothing. Only a hash of the body is kept.
CREATE TABLE request (
    caller        TEXT    NOT NULL CHECK (length(caller) BETWEEN 1 AND 200),
    method        TEXT    NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
    request_id    TEXT    NOT NULL CHECK (length(request_id) = 36),
    body_hash     BLOB    NOT NULL CHECK (length(body_hash) = 32),
    answer        BLOB,
    claimed_at_us INTEGER NOT NULL,
    PRIMARY KEY (caller, method, request_id)
) STRICT;
CREATE INDEX request_by_age ON request (claimed_at_us);
