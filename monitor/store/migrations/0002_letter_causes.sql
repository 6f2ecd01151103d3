-- Dead letters say what kept them from being used, and of an unknown kind its name.

ALTER TABLE dead_letters ADD COLUMN cause TEXT NOT NULL DEFAULT 'invalid';
ALTER TABLE dead_letters ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE dead_letters SET cause = 'fault' WHERE stage IN ('rule', 'engine');
