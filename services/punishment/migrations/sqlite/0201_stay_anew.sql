-- A stay that begins again after a removal got by fraud is told of anew, and asked about anew: an entry has a period that is over only
-- when it was listed again.
UPDATE abnormal_entry SET stay_told = '', revocation_asked_on = NULL
WHERE (stay_told <> '' OR revocation_asked_on IS NOT NULL)
    AND EXISTS (SELECT 1 FROM standing_past past WHERE past.name = 'abnormalEntries/' || abnormal_entry.id);
