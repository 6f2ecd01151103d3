-- A file of the archive may take the place of another: a viewer was taken out of it. `removed`: its bytes
-- are gone from the store.
ALTER TABLE archive_files ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
ALTER TABLE archive_files ADD COLUMN replaced INTEGER;
ALTER TABLE archive_files ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
-- Of logs that lie elsewhere, in Kafka: from which position on they are not in the archive, and where the
-- stretch that is being written ends.
CREATE TABLE archive_positions (
  log TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  until BIGINT
);
-- Viewers who are to be taken out of the archive; the names go when that is done.
CREATE TABLE archive_forgets (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  names TEXT NOT NULL,
  waits TEXT NOT NULL DEFAULT '',
  looked INTEGER NOT NULL DEFAULT 0,
  done BIGINT
);
