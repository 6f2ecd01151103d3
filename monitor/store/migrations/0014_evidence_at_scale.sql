-- Records are held by log and position: a store that follows Kafka has a log a partition.

CREATE TABLE held_by_log (
  log TEXT NOT NULL,
  position BIGINT NOT NULL,
  room TEXT NOT NULL,
  event TEXT NOT NULL,
  source TEXT NOT NULL,
  arrived BIGINT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (log, position)
);
INSERT INTO held_by_log SELECT 'events', position, room, event, source, arrived, data FROM held_records;
DROP TABLE held_records;
ALTER TABLE held_by_log RENAME TO held_records;
CREATE INDEX held_records_event ON held_records (room, event);

CREATE TABLE held_for_log (
  alert TEXT NOT NULL,
  log TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (alert, log, position)
) WITHOUT ROWID;
INSERT INTO held_for_log SELECT alert, 'events', position FROM held_for;
DROP TABLE held_for;
ALTER TABLE held_for_log RENAME TO held_for;
CREATE INDEX held_for_position ON held_for (log, position);

-- Each version of an alert that is written is a leaf of the Merkle log `alerts`; this one of the version
-- as it is kept.
CREATE TABLE alert_leaves (
  alert TEXT NOT NULL,
  version INTEGER NOT NULL,
  leaf BIGINT NOT NULL,
  written BIGINT NOT NULL,
  sha256 BLOB NOT NULL,
  PRIMARY KEY (alert, version)
);
