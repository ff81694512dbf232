-- The disclosed proof of a closed task, as its event tells it: whoever asks for it again has nothing computed. Larger ones are.
CREATE TABLE public_proof (
    task TEXT NOT NULL PRIMARY KEY REFERENCES task (name),
    file BLOB NOT NULL CHECK (length(file) <= 1048576)
) STRICT;
