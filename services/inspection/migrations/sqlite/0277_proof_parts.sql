-- The disclosed proof of a closed task in parts, in their order: one of any size is computed once, and then read by whoever asks.
CREATE TABLE public_proof_part (
    task  TEXT    NOT NULL REFERENCES task (name),
    -- From 0.
    part  INTEGER NOT NULL CHECK (part >= 0),
    bytes BLOB    NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
    PRIMARY KEY (task, part)
) STRICT;

INSERT INTO public_proof_part (task, part, bytes) SELECT task, 0, file FROM public_proof;
DROP TABLE public_proof;
