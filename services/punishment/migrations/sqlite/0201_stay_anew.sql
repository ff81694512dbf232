-- A stay that begins again after a removal got by fraud is told of anew, and asked about anew: an entry has a period that is over only
-- when it was listed again. What belongs to the new stay remains: a question of its own days, and whatever is told of it once it is full,
-- after three years, or at the earliest sixty days before.
UPDATE abnormal_entry SET revocation_asked_on = NULL
WHERE revocation_asked_on < listed_on
    AND EXISTS (SELECT 1 FROM standing_past past WHERE past.name = 'abnormalEntries/' || abnormal_entry.id);
UPDATE abnormal_entry SET stay_told = ''
WHERE stay_told <> '' AND listed_on > date('now', '+8 hours', '-3 years', '+60 days')
    AND EXISTS (SELECT 1 FROM standing_past past WHERE past.name = 'abnormalEntries/' || abnormal_entry.id);
