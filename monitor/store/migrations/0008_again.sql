-- A closed alert that is hit again says how often; alerts of one utterance are one matter; and they
-- are found by their id.

ALTER TABLE alerts ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN matter TEXT NOT NULL DEFAULT '';
UPDATE alerts SET matter = id, words = words || char(10) || id;
CREATE INDEX alerts_matter ON alerts (matter);
CREATE INDEX alerts_again ON alerts (again) WHERE again > 0;
