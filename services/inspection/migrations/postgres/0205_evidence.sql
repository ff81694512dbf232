-- Files of evidence whose content lies in the archive, by their digest. Rows never change.
CREATE TABLE evidence_file (
    task           TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    uscc           TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    digest         TEXT COLLATE "C" NOT NULL CHECK (length(digest) = 64),
    media_type     TEXT COLLATE "C" NOT NULL CHECK (length(media_type) <= 100),
    size_bytes     BIGINT NOT NULL CHECK (size_bytes >= 1),
    uploaded_by    TEXT COLLATE "C" NOT NULL,
    uploaded_at_us BIGINT NOT NULL,
    PRIMARY KEY (task, uscc, digest)
);
