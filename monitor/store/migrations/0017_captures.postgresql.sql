-- Screenshots and clips that people and sources supply (monitor.evidence.captures); the files lie beside
-- the store. `told` is the SHA-256 of `body`, which goes when the capture is purged; the leaf stays.
CREATE TABLE captures (
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  room TEXT NOT NULL,
  alert TEXT NOT NULL,
  at BIGINT NOT NULL,
  until BIGINT NOT NULL,
  received BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  told TEXT NOT NULL,
  leaf BIGINT NOT NULL,
  body TEXT
);
CREATE INDEX captures_room ON captures (room, at);
CREATE INDEX captures_alert ON captures (alert);
CREATE INDEX captures_sha256 ON captures (sha256);
