-- ------------------------------------------------------------------ time zones
-- An offset as PostgreSQL takes it (its sign is turned), a region checked: ORA-01882.
CREATE OR REPLACE FUNCTION ora.known_zone(name text) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE zone text := ora.zone(name);
BEGIN
  PERFORM now() AT TIME ZONE zone;
  RETURN zone;
EXCEPTION WHEN invalid_parameter_value THEN
  RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01882: timezone region not found';
END $$
--;
CREATE OR REPLACE FUNCTION ora.offset_text(seconds integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN seconds < 0 THEN '-' ELSE '+' END || lpad((abs(seconds) / 3600)::text, 2, '0')
    || ':' || lpad((abs(seconds) / 60 % 60)::text, 2, '0')
$$
--;
CREATE OR REPLACE FUNCTION ora.offset_at(d timestamptz, zone text) RETURNS integer
LANGUAGE sql STABLE STRICT AS $$
  SELECT extract(epoch FROM (d AT TIME ZONE zone) - (d AT TIME ZONE 'UTC'))::integer
$$
--;
-- A value whose zone is known: TZR shows the region, or the offset.
CREATE OR REPLACE FUNCTION ora.to_char_in_zone(d timestamptz, zone text, model text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
  SELECT ora.stamp_text(d AT TIME ZONE zone,
    CASE WHEN zone ~ '^UTC[+-]' THEN model ELSE regexp_replace(model, 'TZR', '"' || zone || '"', 'gi') END,
    left(o, 3), right(o, 2))
  FROM (SELECT ora.offset_text(ora.offset_at(d, zone)) AS o) AS x
$$
--;
CREATE OR REPLACE FUNCTION ora.tz_offset(name text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
  SELECT ora.offset_text(ora.offset_at(statement_timestamp(), ora.known_zone(name)))
$$
--;
-- ------------------------------------------------------------------ DEFAULT … ON CONVERSION ERROR
CREATE OR REPLACE FUNCTION ora.try_number(t text, model text, fallback numeric, fails boolean) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE WHEN model IS NULL THEN ora.to_number(t) ELSE ora.to_number(t, model) END;
EXCEPTION WHEN SQLSTATE 'OR000' THEN
  IF fails THEN RAISE; END IF;
  RETURN fallback;
END $$
--;
CREATE OR REPLACE FUNCTION ora.try_date(t text, model text, fallback timestamp, fails boolean) RETURNS timestamp
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ora.to_date(t, model);
EXCEPTION WHEN SQLSTATE 'OR000' THEN
  IF fails THEN RAISE; END IF;
  RETURN fallback;
END $$
--;
CREATE OR REPLACE FUNCTION ora.try_timestamp(t text, model text, fallback timestamp, fails boolean) RETURNS timestamp
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ora.to_timestamp(t, model);
EXCEPTION WHEN SQLSTATE 'OR000' THEN
  IF fails THEN RAISE; END IF;
  RETURN fallback;
END $$
