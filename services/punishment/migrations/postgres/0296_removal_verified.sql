-- The day on which what a removal was asked for was found true, where the period for the decision counts from that; empty for all others.
ALTER TABLE abnormal_entry ADD COLUMN removal_verified_on TEXT COLLATE "C";
-- What waits for a removal on such a ground was due from the request: it waits for the verification now, from the same day on. The last
-- day is filled in when the service starts.
UPDATE obligation SET kind = 'abnormal.remove.verify', parameter = 'abnormal.remove.verify', due_on = NULL
WHERE done_on IS NULL AND kind = 'abnormal.remove'
    AND EXISTS (SELECT 1 FROM abnormal_entry e WHERE e.id = substr(obligation.subject, 17) AND e.state = 'RemovalRequested'
        AND e.ground IN ('3', '4'));
UPDATE abnormal_entry SET due_on = NULL WHERE state = 'RemovalRequested' AND ground IN ('3', '4');
-- The day on which a removal was refused last; empty where none was, or before that was noted.
ALTER TABLE abnormal_entry ADD COLUMN removal_refused_on TEXT COLLATE "C";
-- Whether a remedy is against the refused removal of the entry, and not against its listing. One against the answer to an application for
-- repair has the name of that in `entry`.
ALTER TABLE entry_remedy ADD COLUMN refused_removal BIGINT NOT NULL DEFAULT 0 CHECK (refused_removal IN (0, 1));
