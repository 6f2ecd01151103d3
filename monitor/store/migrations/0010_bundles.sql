-- Bundles that were asked for in the console or by a program (embedded only, like the log).
CREATE TABLE bundles (
  id TEXT NOT NULL PRIMARY KEY,
  alerts TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  case_number TEXT NOT NULL,
  redacted INTEGER NOT NULL,
  state TEXT NOT NULL,
  asked BIGINT NOT NULL,
  done BIGINT,
  name TEXT NOT NULL DEFAULT '',
  payload TEXT NOT NULL DEFAULT '',
  size BIGINT NOT NULL DEFAULT 0,
  records BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX bundles_asked ON bundles (asked);
