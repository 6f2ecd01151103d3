-- Records that alerts name as their evidence: kept when the log lets go of them, as they arrived.
CREATE TABLE held_records (
  position INTEGER NOT NULL PRIMARY KEY,
  room TEXT NOT NULL,
  event TEXT NOT NULL,
  source TEXT NOT NULL,
  arrived BIGINT NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX held_records_event ON held_records (room, event);
CREATE TABLE held_for (
  alert TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (alert, position)
) WITHOUT ROWID;
CREATE INDEX held_for_position ON held_for (position);
INSERT INTO counters (name, value) VALUES ('held', 0);
