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
-- A zone as it is kept: an offset with two digits each, or a region.
CREATE OR REPLACE FUNCTION ora.zone_name(name text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
  SELECT CASE WHEN ora.known_zone(name) ~ '^UTC[+-]'
    THEN regexp_replace(btrim(name), '^([+-])(\d):', '\10\2:') ELSE btrim(name) END
$$
--;
CREATE OR REPLACE FUNCTION ora.zoned(instant timestamptz, zone text) RETURNS ora.tstz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN instant IS NOT NULL AND zone IS NOT NULL THEN ROW(instant, zone)::ora.tstz END
$$
--;
-- In the zone of the session.
CREATE OR REPLACE FUNCTION ora.here(instant timestamptz) RETURNS ora.tstz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN instant IS NOT NULL
    THEN ROW(instant, ora.offset_text(extract(timezone FROM instant)::integer))::ora.tstz END
$$
--;
-- What its clock shows.
CREATE OR REPLACE FUNCTION ora.clock(v ora.tstz) RETURNS timestamp
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$ SELECT (v).instant AT TIME ZONE ora.zone((v).zone) $$
--;
CREATE OR REPLACE FUNCTION ora.moment(v ora.tstz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT (v).instant $$
--;
CREATE OR REPLACE FUNCTION ora.here(clock timestamp) RETURNS ora.tstz
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT ora.here(clock::timestamptz) $$
--;
-- The zone of the host, which SYSDATE and SYSTIMESTAMP are in; a session is told it when it begins.
CREATE OR REPLACE FUNCTION ora.host_zone() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT COALESCE(NULLIF(current_setting('ora.host_zone', true), ''), '+00:00')
$$
--;
CREATE OR REPLACE FUNCTION ora.sysdate() RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT date_trunc('second', statement_timestamp() AT TIME ZONE ora.zone(ora.host_zone()))
$$
--;
CREATE OR REPLACE FUNCTION ora.systimestamp() RETURNS ora.tstz
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT ora.zoned(statement_timestamp(), ora.host_zone()) $$
--;
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_cast WHERE castsource = 'ora.tstz'::regtype) THEN
    CREATE CAST (timestamptz AS ora.tstz) WITH FUNCTION ora.here(timestamptz) AS ASSIGNMENT;
    CREATE CAST (timestamp AS ora.tstz) WITH FUNCTION ora.here(timestamp) AS ASSIGNMENT;
    CREATE CAST (ora.tstz AS timestamptz) WITH FUNCTION ora.moment(ora.tstz) AS ASSIGNMENT;
    CREATE CAST (ora.tstz AS timestamp) WITH FUNCTION ora.clock(ora.tstz) AS ASSIGNMENT;
  END IF;
END $$
--;
CREATE OR REPLACE FUNCTION ora.zone_seconds(v ora.tstz) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$ SELECT ora.offset_at((v).instant, ora.zone((v).zone)) $$
--;
CREATE OR REPLACE FUNCTION ora.zone_region(v ora.tstz) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN (v).zone ~ '^[+-]' THEN 'UNKNOWN' ELSE (v).zone END
$$
--;
CREATE OR REPLACE FUNCTION ora.to_char_zoned(v ora.tstz, model text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT ora.to_char_in_zone((v).instant, ora.zone((v).zone), model)
$$
--;
CREATE OR REPLACE FUNCTION ora.moved(v ora.tstz, by interval) RETURNS ora.tstz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$ SELECT ora.zoned((v).instant + by, (v).zone) $$
--;
CREATE OR REPLACE FUNCTION ora.fit_tstz(v ora.tstz, digits integer) RETURNS ora.tstz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT ora.zoned(CASE digits WHEN 0 THEN (v).instant::timestamptz(0) WHEN 1 THEN (v).instant::timestamptz(1)
    WHEN 2 THEN (v).instant::timestamptz(2) WHEN 3 THEN (v).instant::timestamptz(3)
    WHEN 4 THEN (v).instant::timestamptz(4) WHEN 5 THEN (v).instant::timestamptz(5) ELSE (v).instant END, (v).zone)
$$
--;
CREATE OR REPLACE FUNCTION ora.to_tstz(t text, model text) RETURNS ora.tstz
LANGUAGE sql STABLE STRICT AS $$
  SELECT CASE WHEN zone IS NULL THEN ora.here(stamp::timestamptz)
    ELSE ora.zoned(stamp AT TIME ZONE ora.zone(zone), ora.zone_name(zone)) END
    FROM ora.parse_stamp(t, model)
$$
--;
-- ISO 8601 with an offset, or what ora.tstz_text makes; without either in the zone of the session.
CREATE OR REPLACE FUNCTION ora.tstz_of(t text) RETURNS ora.tstz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN strpos(t, '|') > 0
      THEN ora.zoned(split_part(t, '|', 1)::timestamptz, split_part(t, '|', 2))
    WHEN t ~ 'Z$' THEN ora.zoned(t::timestamptz, '+00:00')
    WHEN t ~ ':.*[+-]\d\d:?\d\d$'
      THEN ora.zoned(t::timestamptz, regexp_replace(t, '^.*([+-]\d\d):?(\d\d)$', '\1:\2'))
    ELSE ora.here(t::timestamptz) END
$$
--;
CREATE OR REPLACE FUNCTION ora.tstz_text(v ora.tstz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT ((v).instant AT TIME ZONE 'UTC')::text || '+00|' || (v).zone
$$
--;
CREATE OR REPLACE FUNCTION ora.json_to_tstz(t text) RETURNS ora.tstz
LANGUAGE sql STABLE STRICT AS $$
  SELECT CASE WHEN pg_input_is_valid(t, 'timestamptz') THEN ora.tstz_of(t) END
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
