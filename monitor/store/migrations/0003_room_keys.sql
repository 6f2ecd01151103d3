-- The key of a room is `platform:room` with `:` in the platform written `%3A` and `%` written
-- `%25`. Until now it was written as it is, so that two rooms could have one key.

-- Where two rooms had one key their parts lie mixed under it: both begin anew, and are told so.
DELETE FROM room_parts WHERE room IN (
  SELECT platform || ':' || room FROM rooms GROUP BY 1 HAVING count(*) > 1
);

UPDATE OR REPLACE room_parts SET room = (
  SELECT replace(replace(known.platform, '%', '%25'), ':', '%3A') || ':' || known.room
  FROM rooms AS known WHERE known.platform || ':' || known.room = room_parts.room
) WHERE room IN (
  SELECT platform || ':' || room FROM rooms WHERE instr(platform, ':') OR instr(platform, '%')
);

-- Few keys have a second colon or a percent sign; of these the event itself says which room it is.
UPDATE OR REPLACE event_log SET room =
  replace(replace(json_extract(CAST(data AS TEXT), '$.platform'), '%', '%25'), ':', '%3A')
  || ':' || json_extract(CAST(data AS TEXT), '$.room')
WHERE (instr(room, '%') OR instr(substr(room, instr(room, ':') + 1), ':'))
  AND CASE WHEN json_valid(CAST(data AS TEXT)) THEN
    json_type(CAST(data AS TEXT), '$.platform') = 'text' AND json_type(CAST(data AS TEXT), '$.room') = 'text'
  END;
