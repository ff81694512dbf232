-- Day on which the present inspectors of a visit that follows a clue were assigned: it was not made before. No value for one that was drawn.
ALTER TABLE visit ADD COLUMN assigned_on TEXT;
