-- An objection and a removal of one entry are open side by side: a state of machine 7, and who took the last step about the objection,
-- which a second person answers. Empty while none is open.
ALTER TABLE abnormal_entry DROP CONSTRAINT abnormal_entry_state_check;
ALTER TABLE abnormal_entry
    ADD CONSTRAINT abnormal_entry_state_check CHECK (state IN ('Suspected', 'Verifying', 'ListProposed', 'Listed', 'Objected', 'RemovalRequested',
        'ObjectedRemovalRequested', 'Removed', 'RevokedByError', 'Dismissed')),
    ADD COLUMN objection_actor TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE abnormal_entry SET objection_actor = last_actor WHERE state = 'Objected';
