-- Measures of an entry that the credit office rejected, or lifted: `code day` of each, joined by ';', the day being the first on which an
-- answer names it no longer. What was lifted before stands with its reason, and not with one of the two of the system.
ALTER TABLE standing ADD COLUMN lifted TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE standing_past ADD COLUMN lifted TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE standing
SET lifted = COALESCE((
    SELECT string_agg(measure.code || ' ' || measure.ended_on, ';')
    FROM measure
    WHERE measure.entry = standing.name AND measure.ended_on IS NOT NULL
        AND measure.end_reason NOT IN ('触发惩戒措施的名录（名单）条目已终止或者暂停', '惩戒措施已不在现行联合惩戒清单内')), '');
