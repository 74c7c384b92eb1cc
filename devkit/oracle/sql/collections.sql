-- Recursion and collections. A collection is a jsonb array of its elements, an object a jsonb array
-- of its attributes; scalars stand in them as text, NULL as null (see sql/collections.py).
CREATE OR REPLACE FUNCTION ora.recursion_guard(seen text, past text, depth integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF seen = past THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000',
      MESSAGE = 'ORA-32044: cycle detected while executing recursive WITH query';
  END IF;
  RETURN CASE WHEN depth & (depth - 1) = 0 THEN seen ELSE past END;
END $$
--;
CREATE OR REPLACE FUNCTION ora.elements(c jsonb, OUT e jsonb, OUT n bigint) RETURNS SETOF record
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT NULLIF(x.e, 'null'::jsonb), x.n FROM jsonb_array_elements(c) WITH ORDINALITY AS x(e, n)
$$
--;
-- The multiset operators keep or drop duplicates: ``distinct_only``.
CREATE OR REPLACE FUNCTION ora.ms_set(c jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT COALESCE(jsonb_agg(e ORDER BY n), '[]'::jsonb)
  FROM (SELECT e, min(n) AS n FROM jsonb_array_elements(c) WITH ORDINALITY AS x(e, n) GROUP BY e) AS d
$$
--;
CREATE OR REPLACE FUNCTION ora.ms_union(a jsonb, b jsonb, distinct_only boolean) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN distinct_only THEN ora.ms_set(a || b) ELSE a || b END
$$
--;
CREATE OR REPLACE FUNCTION ora.ms_counted(c jsonb, OUT e jsonb, OUT k bigint, OUT n bigint)
RETURNS SETOF record LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT x.e, row_number() OVER (PARTITION BY x.e ORDER BY x.n), x.n
  FROM jsonb_array_elements(c) WITH ORDINALITY AS x(e, n)
$$
--;
CREATE OR REPLACE FUNCTION ora.ms_except(a jsonb, b jsonb, distinct_only boolean) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT COALESCE(jsonb_agg(x.e ORDER BY x.n), '[]'::jsonb)
  FROM ora.ms_counted(a) AS x
  WHERE CASE WHEN distinct_only
    THEN x.k = 1 AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(b) AS y(e) WHERE y.e = x.e)
    ELSE x.k > (SELECT count(*) FROM jsonb_array_elements(b) AS y(e) WHERE y.e = x.e) END
$$
--;
CREATE OR REPLACE FUNCTION ora.ms_intersect(a jsonb, b jsonb, distinct_only boolean) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT COALESCE(jsonb_agg(x.e ORDER BY x.n), '[]'::jsonb)
  FROM ora.ms_counted(a) AS x
  WHERE x.k <= (SELECT CASE WHEN distinct_only THEN least(count(*), 1) ELSE count(*) END
                FROM jsonb_array_elements(b) AS y(e) WHERE y.e = x.e)
$$
--;
-- NULL elements make the answer unknown where they could decide it.
CREATE OR REPLACE FUNCTION ora.ms_member(e jsonb, c jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN c IS NULL OR e IS NULL OR e = 'null'::jsonb THEN NULL
    WHEN EXISTS (SELECT 1 FROM jsonb_array_elements(c) AS y(e) WHERE y.e = $1) THEN true
    WHEN c @> '[null]'::jsonb THEN NULL ELSE false END
$$
--;
CREATE OR REPLACE FUNCTION ora.ms_within(a jsonb, b jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.ms_except(a, b, false) = '[]'::jsonb $$
--;
CREATE OR REPLACE FUNCTION ora.ms_equal(a jsonb, b jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN jsonb_array_length(a) <> jsonb_array_length(b) THEN false
    WHEN a @> '[null]'::jsonb OR b @> '[null]'::jsonb THEN NULL
    ELSE ora.ms_within(a, b) END
$$
--;
CREATE OR REPLACE FUNCTION ora.array_limit(c jsonb, most integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF jsonb_array_length(c) > most THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-22909: exceeded maximum VARRAY limit';
  END IF;
  RETURN c;
END $$
--;
-- An element or attribute of text or NUMBER within the bounds of its type.
CREATE OR REPLACE FUNCTION ora.bounded_text(t text, most integer, in_chars boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF (CASE WHEN in_chars THEN length(t) ELSE octet_length(t) END) > most THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000',
      MESSAGE = 'ORA-22814: attribute or element value is larger than specified in type';
  END IF;
  RETURN t;
END $$
--;
CREATE OR REPLACE FUNCTION ora.bounded_number(v numeric, digits integer, places integer) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  v := round(v, places);
  IF abs(v) >= power(10::numeric, digits - places) THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000',
      MESSAGE = 'ORA-22814: attribute or element value is larger than specified in type';
  END IF;
  RETURN v;
END $$
