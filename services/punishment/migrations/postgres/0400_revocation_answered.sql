-- Whether a licence is revoked was asked about entries that are in the directory no more: nothing ended that duty when they left it.
UPDATE obligation
SET done_by = 'system',
    done_on = (SELECT MAX(e.removed_on) FROM abnormal_entry e WHERE e.id = substr(obligation.subject, 17))
WHERE done_on IS NULL AND kind = 'abnormal.licence_revocation'
    AND EXISTS (SELECT 1 FROM abnormal_entry e WHERE e.id = substr(obligation.subject, 17)
        AND e.state IN ('Removed', 'RevokedByError') AND e.removed_on IS NOT NULL);
