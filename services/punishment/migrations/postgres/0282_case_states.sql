-- More states of machine 8: a hearing that was asked for, and a listing of a party of another province that is restored, told there and
-- published there.
ALTER TABLE serious_case DROP CONSTRAINT serious_case_state_check;
ALTER TABLE serious_case
    ADD CONSTRAINT serious_case_state_check CHECK (state IN ('Triggered', 'OpinionGiven', 'Assessed', 'Reviewed', 'NotListed', 'NoticeServed',
        'DefencePending', 'HearingRequested', 'HearingOrdered', 'HearingHeld', 'SuperiorConsentPending', 'Consented', 'Decided',
        'DecidedElsewhere', 'PushedElsewhere', 'Published', 'EarlyRemovalRequested', 'RemovedEarly', 'Restored', 'RestoredElsewhere',
        'RestoredPushedElsewhere', 'Removed', 'Revoked'));
