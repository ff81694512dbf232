-- How far registry had told when a class was computed, beside `known_seq` in collection's feed: by both it is explained later.
ALTER TABLE class ADD COLUMN registry_seq BIGINT NOT NULL DEFAULT 0;
UPDATE class SET registry_seq = COALESCE(
    (SELECT r.registry_seq FROM run r WHERE r.id = class.run),
    (SELECT h.registry_seq FROM evidence_head h WHERE h.id = 1)
);

-- Whether a class of the enterprise took effect by itself since the run was frozen: it is newer than what the run says.
ALTER TABLE run_touched ADD COLUMN rescored BOOLEAN NOT NULL DEFAULT FALSE;
