-- Tasks that follow a clue: on which ground they visit whom they name (`task_target`), and what the clue is found by. Empty for tasks that
-- are drawn. One whose inspectors are still to be assigned is stored as a created one with a ground.
ALTER TABLE task ADD COLUMN clue_ground TEXT NOT NULL DEFAULT '' CHECK (length(clue_ground) <= 40);
ALTER TABLE task ADD COLUMN clue_reference TEXT NOT NULL DEFAULT '' CHECK (length(clue_reference) <= 100);
-- Whether the visit follows a clue: it uses up no annual cap, and takes the place of no visit by class.
ALTER TABLE visit ADD COLUMN clue_led INTEGER NOT NULL DEFAULT 0;
