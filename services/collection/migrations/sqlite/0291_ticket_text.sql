-- What callers said, sealed: a nonce and the SM4-GCM of a text of at most 4,000 characters, bound to the ticket.
CREATE TABLE ticket_text (
    ticket_id TEXT NOT NULL PRIMARY KEY CHECK (length(ticket_id) = 32),
    sealed    BLOB NOT NULL CHECK (length(sealed) <= 20000)
) STRICT;
