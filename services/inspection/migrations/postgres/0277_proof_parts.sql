-- The disclosed proof of a closed task in parts, in their order: one of any size is computed once, and then read by whoever asks.
CREATE TABLE public_proof_part (
    task  TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    -- From 0.
    part  BIGINT           NOT NULL CHECK (part >= 0),
    bytes BYTEA            NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
    PRIMARY KEY (task, part)
);

INSERT INTO public_proof_part (task, part, bytes) SELECT task, 0, file FROM public_proof;
DROP TABLE public_proof;
