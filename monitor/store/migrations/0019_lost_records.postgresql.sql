-- Records that arrived and that nobody has any more: the topic let go of them before they were read or
-- were in the archive, or they lay on damaged pages. `first` and `last`: positions between which they lay;
-- `hour`: in which they arrived, or before.
CREATE TABLE lost_records (
  log TEXT NOT NULL,
  why TEXT NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  records BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  noted BIGINT NOT NULL,
  PRIMARY KEY (log, why, last)
);
