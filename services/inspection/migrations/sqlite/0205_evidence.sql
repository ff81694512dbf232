-- Files of evidence whose content lies in the archive, by their digest. Rows never change.
CREATE TABLE evidence_file (
    task           TEXT NOT NULL REFERENCES task (name),
    uscc           TEXT NOT NULL CHECK (length(uscc) = 18),
    digest         TEXT NOT NULL CHECK (length(digest) = 64),
    media_type     TEXT NOT NULL CHECK (length(media_type) <= 100),
    size_bytes     INTEGER NOT NULL CHECK (size_bytes >= 1),
    uploaded_by    TEXT NOT NULL,
    uploaded_at_us INTEGER NOT NULL,
    PRIMARY KEY (task, uscc, digest)
) STRICT;
