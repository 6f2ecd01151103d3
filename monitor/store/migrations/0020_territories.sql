-- Territories (monitor.territory): codes of administrative divisions with blanks between, of alerts and
-- rooms, and those that people and tokens are bound to. NULL: an older version wrote the row.
ALTER TABLE alerts ADD COLUMN territories TEXT;
CREATE INDEX alerts_unplaced ON alerts (number) WHERE territories IS NULL;
CREATE INDEX alerts_nowhere ON alerts (platform, room) WHERE territories = '';
ALTER TABLE rooms ADD COLUMN territories TEXT;
ALTER TABLE users ADD COLUMN territories TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN territories TEXT NOT NULL DEFAULT '';
