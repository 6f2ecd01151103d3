-- What the rules said that concluded alerts (monitor.evidence.kept_rules): documents by SHA-256, packed,
-- and which alerts name which list of them.
CREATE TABLE rule_documents (
  sha256 TEXT NOT NULL PRIMARY KEY,
  kept BIGINT,
  body BLOB NOT NULL
);
CREATE TABLE rules_named (
  alert TEXT NOT NULL,
  rules TEXT NOT NULL,
  PRIMARY KEY (alert, rules)
);
CREATE INDEX rules_named_rules ON rules_named (rules);
