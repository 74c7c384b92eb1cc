-- Paths of SQL/JSON: the steps of sql/passes/json_paths.py over the text of a document.
CREATE OR REPLACE FUNCTION ora.json_positions(spec text, size integer) RETURNS SETOF integer
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE part text; ends text[]; a integer; b integer;
BEGIN
  FOREACH part IN ARRAY regexp_split_to_array(spec, '\s*,\s*') LOOP
    ends := regexp_split_to_array(btrim(part), '\s+to\s+');
    a := ora.json_position(ends[1], size);
    b := COALESCE(ora.json_position(ends[2], size), a);
    RETURN QUERY SELECT g FROM generate_series(greatest(least(a, b), 0), least(greatest(a, b), size - 1)) AS g
      WHERE g >= 0;
  END LOOP;
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_position(t text, size integer) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN t ~ '^last'
    THEN size - 1 - COALESCE(substring(t from '-\s*(\d+)')::integer, 0) ELSE t::integer END
$$
--;
CREATE OR REPLACE FUNCTION ora.json_method(j json, method text) RETURNS json
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE kind text := json_typeof(j); t text := j #>> '{}';
BEGIN
  CASE method
    WHEN 'size' THEN RETURN to_json(CASE WHEN kind = 'array' THEN json_array_length(j) ELSE 1 END);
    WHEN 'type' THEN RETURN to_json(kind);
    WHEN 'number' THEN
      RETURN CASE WHEN kind = 'number' THEN j WHEN kind = 'string' THEN to_json(ora.json_to_number(t)) END;
    WHEN 'string' THEN RETURN CASE WHEN kind IN ('string', 'number', 'boolean') THEN to_json(t) END;
    WHEN 'upper' THEN RETURN CASE WHEN kind = 'string' THEN to_json(upper(t)) END;
    WHEN 'lower' THEN RETURN CASE WHEN kind = 'string' THEN to_json(lower(t)) END;
    ELSE RETURN CASE WHEN kind = 'string' THEN to_json(length(t)) END;
  END CASE;
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_rows(doc text, steps text[]) RETURNS TABLE (item text, n bigint)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE now json[]; following json[]; j json; step text; kind text;
BEGIN
  IF doc IS NULL OR NOT pg_input_is_valid(doc, 'json') THEN RETURN; END IF;
  now := ARRAY[doc::json];
  FOREACH step IN ARRAY steps LOOP
    following := '{}';
    FOREACH j IN ARRAY now LOOP
      kind := json_typeof(j);
      IF step LIKE '.%' THEN
        IF kind = 'object' THEN
          IF j -> pg_catalog.substr(step, 2) IS NOT NULL THEN following := following || (j -> pg_catalog.substr(step, 2)); END IF;
        ELSIF kind = 'array' THEN
          following := following || ARRAY(SELECT x -> pg_catalog.substr(step, 2) FROM json_array_elements(j) x
                                           WHERE json_typeof(x) = 'object' AND x -> pg_catalog.substr(step, 2) IS NOT NULL);
        END IF;
      ELSIF step = '*' THEN
        IF kind = 'array' THEN following := following || ARRAY(SELECT x FROM json_array_elements(j) x);
        ELSE following := following || j; END IF;
      ELSIF step LIKE '?%' THEN
        following := following || ARRAY(
          SELECT x FROM json_array_elements(CASE WHEN kind = 'array' THEN j ELSE json_build_array(j) END) x
          WHERE jsonb_path_exists(x::jsonb, ('lax $ ' || step)::jsonpath, '{}', true));
      ELSIF step LIKE '!%' THEN
        j := ora.json_method(j, pg_catalog.substr(step, 2));
        IF j IS NOT NULL THEN following := following || j; END IF;
      ELSIF step = '**' THEN
        following := following || ARRAY(
          SELECT v.value FROM json_array_elements(CASE WHEN kind = 'array' THEN j ELSE json_build_array(j) END) x,
            LATERAL json_each(CASE WHEN json_typeof(x) = 'object' THEN x ELSE '{}'::json END) AS v);
      ELSIF step LIKE '[%' THEN
        IF kind <> 'array' THEN j := json_build_array(j); END IF;
        following := following || ARRAY(
          SELECT j -> p FROM ora.json_positions(pg_catalog.substr(step, 2), json_array_length(j)) AS p);
      ELSIF kind = 'array' THEN
        IF j -> step::int IS NOT NULL THEN following := following || (j -> step::int); END IF;
      ELSIF step = '0' THEN
        following := following || j;
      END IF;
    END LOOP;
    now := following;
  END LOOP;
  RETURN QUERY SELECT x::text, o FROM unnest(now) WITH ORDINALITY AS u(x, o);
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_merged(target json, patch json) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF json_typeof(patch) <> 'object' THEN RETURN ora.json_compact(patch::text); END IF;
  IF target IS NULL OR json_typeof(target) <> 'object' THEN target := '{}'; END IF;
  RETURN (SELECT '{' || COALESCE(string_agg(to_json(m.key)::text || ':' || m.value, ',' ORDER BY m.n), '') || '}'
    FROM (
      SELECT t.key, t.n,
        CASE WHEN p.value IS NULL THEN ora.json_compact(t.value::text) ELSE ora.json_merged(t.value, p.value) END AS value
      FROM json_each(target) WITH ORDINALITY AS t(key, value, n)
      LEFT JOIN json_each(patch) AS p(key, value) ON p.key = t.key
      WHERE p.value IS NULL OR json_typeof(p.value) <> 'null'
      UNION ALL
      SELECT p.key, 1000000 + p.n, ora.json_merged(NULL, p.value)
      FROM json_each(patch) WITH ORDINALITY AS p(key, value, n)
      WHERE json_typeof(p.value) <> 'null' AND target -> p.key IS NULL) AS m);
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_mergepatch(target text, patch text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN pg_input_is_valid(target, 'json') AND pg_input_is_valid(patch, 'json')
    THEN ora.json_merged(target::json, patch::json) END
$$
--;
CREATE OR REPLACE FUNCTION ora.json_equal(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN pg_input_is_valid(a, 'jsonb') AND pg_input_is_valid(b, 'jsonb')
    THEN a::jsonb = b::jsonb ELSE false END
$$
--;
CREATE OR REPLACE FUNCTION ora.json_dot(doc text, steps text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE items text[];
BEGIN
  SELECT array_agg(item ORDER BY n) INTO items FROM ora.json_rows(doc, steps);
  IF items IS NULL THEN RETURN NULL; END IF;
  IF array_length(items, 1) > 1 THEN
    RETURN '[' || (SELECT string_agg(ora.json_compact(i), ',' ORDER BY o) FROM unnest(items) WITH ORDINALITY AS u(i, o)) || ']';
  END IF;
  RETURN CASE json_typeof(items[1]::json)
    WHEN 'object' THEN ora.json_compact(items[1]) WHEN 'array' THEN ora.json_compact(items[1])
    WHEN 'null' THEN NULL ELSE NULLIF(items[1]::json #>> '{}', '') END;
END $$
