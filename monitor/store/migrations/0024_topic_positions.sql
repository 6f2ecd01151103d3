-- From which position on the desk has not taken the records of a partition yet; so that what the topic lets
-- go of before it was taken is noticed, also when the brokers have forgotten how far the desk had come.
CREATE TABLE topic_positions (
  log TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
);
