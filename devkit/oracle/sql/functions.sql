-- Oracle's functions and conversions as PostgreSQL functions of schema ora. A line of only "--;" ends
-- a statement. Errors carry Oracle's number and text in the message, sqlstate OR000. Functions of
-- pg_catalog are named with their schema wherever one of ours has the same name and arguments.

CREATE OR REPLACE FUNCTION ora.fail(message text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = message;
END $$
--;
CREATE OR REPLACE FUNCTION ora.check_option(holds boolean) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000',
      MESSAGE = 'ORA-01402: view WITH CHECK OPTION where-clause violation';
  END IF;
  RETURN true;
END $$
--;
-- ------------------------------------------------------------------ numbers
CREATE OR REPLACE FUNCTION ora.div(a numeric, b numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE q numeric; magnitude int;
BEGIN
  IF b = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01476: divisor is equal to zero';
  END IF;
  IF a = 0 THEN RETURN 0; END IF;
  q := a / b;
  IF q * b = a THEN RETURN trim_scale(q); END IF;
  magnitude := CASE WHEN abs(q) >= 1 THEN length(trunc(abs(q))::text)
                    ELSE ceil(log(abs(a) / abs(b) + 0.0::numeric(1000, 140)))::int END;
  RETURN trim_scale(round(round(a, 45 - magnitude + greatest(scale(a), 0)) / b, 40 - magnitude));
END $$
--;
CREATE OR REPLACE FUNCTION ora.mod(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN b = 0 THEN a ELSE a % b END
$$
--;
CREATE OR REPLACE FUNCTION ora.num2text(n numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN n = 0 THEN '0'
              WHEN abs(n) < 1
              THEN pg_catalog.regexp_replace(round(n, 40 + 90)::numeric::text, '^(-?)0(\.\d*?)0*$', '\1\2')
              ELSE trim_scale(n)::text END
$$
--;
CREATE OR REPLACE FUNCTION ora.to_number(t text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF t ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$' THEN
    RETURN t::numeric;
  END IF;
  IF t = '' THEN RETURN NULL; END IF;
  RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01722: invalid number';
END $$
--;
CREATE OR REPLACE FUNCTION ora.to_number(t text, model text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  f text := upper(model); v text := btrim(t); negative boolean := false; digits text;
  places int; decimals int; whole text; part text;
BEGIN
  IF f ~ '^(FM)?X+$' THEN
    IF v !~* '^[0-9a-f]+$' THEN
      RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01722: invalid number';
    END IF;
    RETURN ('x' || lpad(lower(v), 16, '0'))::bit(64)::bigint;
  END IF;
  IF f !~ '^(FM)?(S|\$|L|B)*[09,.GDV]*(MI|PR|S|\$|L|EEEE)*$' THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01481: invalid number format model';
  END IF;
  IF f LIKE '%PR' AND v ~ '^<.*>$' THEN
    negative := true; v := substr(v, 2, length(v) - 2);
  ELSIF f ~ '(MI|S)$' AND v ~ '[+-]$' THEN
    negative := right(v, 1) = '-'; v := left(v, -1);
  ELSIF v ~ '^[+-]' THEN
    negative := left(v, 1) = '-'; v := substr(v, 2);
  END IF;
  v := ltrim(v, '$');
  f := translate(pg_catalog.replace(pg_catalog.regexp_replace(f, 'FM|MI|PR|EEEE', '', 'g'), 'G', ','), 'SLB$', '');
  f := pg_catalog.replace(f, 'D', '.');
  whole := split_part(f, '.', 1);
  places := length(translate(whole, ',V', ''));
  decimals := length(split_part(f, '.', 2));
  IF position(',' in v) > 0 AND position(',' in whole) = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01722: invalid number';
  END IF;
  digits := pg_catalog.replace(v, ',', '');
  IF model ~* 'EEEE' AND digits ~ '^\d*\.?\d*[eE][+-]?\d+$' THEN
    RETURN CASE WHEN negative THEN -digits::numeric ELSE digits::numeric END;
  END IF;
  IF digits !~ '^(\d+\.?\d*|\.\d+)$' THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01722: invalid number';
  END IF;
  part := split_part(digits, '.', 2);
  IF length(ltrim(split_part(digits, '.', 1), '0')) > places OR length(part) > decimals THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01722: invalid number';
  END IF;
  RETURN CASE WHEN negative THEN -digits::numeric ELSE digits::numeric END;
END $$
--;
CREATE OR REPLACE FUNCTION ora.roman(n int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  v int := n; r text := '';
  amounts int[] := '{1000,900,500,400,100,90,50,40,10,9,5,4,1}';
  signs text[] := '{M,CM,D,CD,C,XC,L,XL,X,IX,V,IV,I}';
BEGIN
  FOR i IN 1 .. 13 LOOP
    WHILE v >= amounts[i] LOOP r := r || signs[i]; v := v - amounts[i]; END LOOP;
  END LOOP;
  RETURN r;
END $$
--;
CREATE OR REPLACE FUNCTION ora.to_char(n numeric, model text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  f text := upper(model); fm boolean; body text; whole text; tail text; sign_at text := 'lead';
  dollar text := ''; blank_zero boolean := false; shift int := 0; width int; forced int;
  v numeric; digits text; fraction text; result text := ''; c text; at int; left_digits int;
  negative boolean; total int; point text; hex text;
BEGIN
  fm := f LIKE 'FM%'; IF fm THEN f := substr(f, 3); END IF;
  IF f IN ('TM', 'TM9') THEN RETURN ora.num2text(n); END IF;
  IF f = 'RN' THEN
    IF n < 1 OR n > 3999 THEN RETURN repeat('#', 15); END IF;
    RETURN CASE WHEN fm THEN ora.roman(round(n)::int) ELSE lpad(ora.roman(round(n)::int), 15) END;
  END IF;
  IF f ~ '^0*X+$' THEN
    hex := CASE WHEN model ~ 'x' THEN to_hex(round(n)::bigint) ELSE upper(to_hex(round(n)::bigint)) END;
    IF n < 0 OR length(hex) > length(f) THEN RETURN repeat('#', length(f) + CASE WHEN fm THEN 0 ELSE 1 END); END IF;
    IF f LIKE '0%' THEN hex := lpad(hex, length(f), '0'); END IF;
    RETURN CASE WHEN fm THEN hex ELSE lpad(hex, length(f) + 1) END;
  END IF;
  IF f LIKE '%EEEE' THEN
    tail := split_part(pg_catalog.replace(left(f, -4), 'D', '.'), '.', 2);
    IF n = 0 THEN at := 0; ELSE at := floor(log(abs(n)))::int; END IF;
    v := round(n / power(10::numeric, at), length(tail));
    IF abs(v) >= 10 THEN at := at + 1; v := round(v / 10, length(tail)); END IF;
    result := v::text || 'E' || CASE WHEN at < 0 THEN '-' ELSE '+' END || lpad(abs(at)::text, 2, '0');
    RETURN CASE WHEN fm THEN result ELSE lpad(result, greatest(length(f) + 2, length(result) + (n >= 0)::int)) END;
  END IF;
  IF f LIKE 'S%' THEN sign_at := 'S'; f := substr(f, 2);
  ELSIF f LIKE '%MI' THEN sign_at := 'MI'; f := left(f, -2);
  ELSIF f LIKE '%PR' THEN sign_at := 'PR'; f := left(f, -2);
  ELSIF f LIKE '%S' THEN sign_at := 'end'; f := left(f, -1); END IF;
  IF position('$' in f) > 0 OR position('L' in f) > 0 THEN dollar := '$'; f := translate(f, '$L', ''); END IF;
  IF position('B' in f) > 0 THEN blank_zero := true; f := pg_catalog.replace(f, 'B', ''); END IF;
  IF f !~ '^[09,G]*(V[09]*|[.D][09]*)?$' OR f = '' THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01481: invalid number format model';
  END IF;
  f := pg_catalog.replace(pg_catalog.replace(f, 'G', ','), 'D', '.');
  IF position('V' in f) > 0 THEN
    shift := length(split_part(f, 'V', 2)); body := pg_catalog.replace(f, 'V', ''); tail := '';
    point := ''; whole := body;
  ELSE
    whole := split_part(f, '.', 1); tail := split_part(f, '.', 2);
    point := CASE WHEN position('.' in f) > 0 THEN '.' ELSE '' END;
  END IF;
  v := round(n * power(10::numeric, shift), length(tail));
  negative := n < 0;
  total := length(whole) + length(point) + length(tail);
  digits := trunc(abs(v))::text;
  fraction := CASE WHEN tail = '' THEN '' ELSE split_part(round(abs(v), length(tail))::text, '.', 2) END;
  left_digits := length(pg_catalog.replace(whole, ',', ''));
  IF digits = '0' THEN digits := ''; END IF;
  IF length(digits) > left_digits THEN
    RETURN repeat('#', total + length(dollar) + CASE WHEN fm AND sign_at = 'lead' THEN 1
                                                     WHEN sign_at = 'PR' THEN 2 ELSE 1 END);
  END IF;
  forced := position('0' in pg_catalog.replace(whole, ',', ''));
  width := length(digits);
  IF forced > 0 THEN width := greatest(width, left_digits - forced + 1); END IF;
  IF width = 0 AND (tail = '' OR false) THEN width := 1; END IF;
  digits := lpad(digits, width, '0');
  at := width;
  FOR i IN REVERSE length(whole) .. 1 LOOP
    c := substr(whole, i, 1);
    IF c = ',' THEN
      IF at > 0 THEN result := ',' || result; ELSIF NOT fm THEN result := ' ' || result; END IF;
    ELSIF at > 0 THEN
      result := substr(digits, at, 1) || result; at := at - 1;
    ELSIF NOT fm THEN
      result := ' ' || result;
    END IF;
  END LOOP;
  IF fm AND tail <> '' THEN
    at := length(tail);
    WHILE at > 0 AND substr(tail, at, 1) = '9' AND substr(fraction, at, 1) = '0'
          AND position('0' in substr(tail, at)) = 0 LOOP
      at := at - 1;
    END LOOP;
    fraction := left(fraction, at);
  END IF;
  IF blank_zero AND v = 0 THEN
    RETURN CASE WHEN fm THEN NULL ELSE repeat(' ', total + 1) END;
  END IF;
  IF fm AND tail <> '' AND digits = '' AND fraction = '' THEN result := '0'; END IF;
  result := result || point || fraction;
  at := length(result) - length(ltrim(result));
  result := ltrim(result);
  IF negative AND v = 0 THEN negative := true; END IF;
  result := dollar || result;
  IF sign_at = 'lead' THEN
    result := CASE WHEN negative THEN '-' WHEN fm THEN '' ELSE ' ' END || result;
  ELSIF sign_at = 'S' THEN
    result := CASE WHEN negative THEN '-' ELSE '+' END || result;
  ELSIF sign_at = 'MI' THEN
    result := result || CASE WHEN negative THEN '-' WHEN fm THEN '' ELSE ' ' END;
  ELSIF sign_at = 'end' THEN
    result := result || CASE WHEN negative THEN '-' ELSE '+' END;
  ELSE
    result := CASE WHEN negative THEN '<' || result || '>' WHEN fm THEN result ELSE ' ' || result || ' ' END;
  END IF;
  RETURN CASE WHEN fm THEN result ELSE repeat(' ', at) || result END;
END $$
--;
CREATE OR REPLACE FUNCTION ora.fit_number(n numeric, digits int, decimals int) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE r numeric := round(n, decimals);
BEGIN
  IF abs(r) >= power(10::numeric, digits - decimals) THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000',
      MESSAGE = 'ORA-01438: value larger than specified precision allowed for this column';
  END IF;
  RETURN r;
END $$
--;
-- A FLOAT keeps so many significant digits.
CREATE OR REPLACE FUNCTION ora.fit_float(n numeric, digits int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN n = 0 THEN n ELSE trim_scale(round(n, digits - 1 - floor(log(abs(n) + 0.0::numeric(1000, 200)))::int)) END
$$
--;
CREATE OR REPLACE FUNCTION ora.median(v numeric[]) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT ora.div(sum(x), count(*)::numeric) FROM (
    SELECT x, row_number() OVER (ORDER BY x) AS r, count(*) OVER () AS c
      FROM unnest(v) AS u(x) WHERE x IS NOT NULL) s
   WHERE r IN ((c + 1) / 2, (c + 2) / 2)
$$
--;
CREATE OR REPLACE FUNCTION ora.digits40(n numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN n = 0 THEN 0
         ELSE trim_scale(round(n, 39 - floor(log(abs(n) + 0.0::numeric(1000, 200)))::int)) END
$$
--;
CREATE OR REPLACE FUNCTION ora.sqrt(n numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF n < 0 THEN PERFORM ora.fail(format('ORA-01428: argument ''%s'' is out of range', ora.num2text(n))); END IF;
  RETURN ora.digits40(pg_catalog.sqrt(n + 0.0::numeric(1000, 110)));
END $$
--;
CREATE OR REPLACE FUNCTION ora.ln(n numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF n <= 0 THEN PERFORM ora.fail(format('ORA-01428: argument ''%s'' is out of range', ora.num2text(n))); END IF;
  RETURN ora.digits40(pg_catalog.ln(n + 0.0::numeric(1000, 60)));
END $$
--;
CREATE OR REPLACE FUNCTION ora.exp(n numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF n > 290 THEN PERFORM ora.fail('ORA-01426: numeric overflow'); END IF;
  IF n < -300 THEN RETURN 0; END IF;
  RETURN ora.digits40(pg_catalog.exp(n + CASE WHEN n < 0 THEN 0.0::numeric(1000, 180) ELSE 0.0::numeric(1000, 60) END));
END $$
--;
CREATE OR REPLACE FUNCTION ora.log(base numeric, n numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF base <= 0 OR base = 1 THEN PERFORM ora.fail(format('ORA-01428: argument ''%s'' is out of range', ora.num2text(base))); END IF;
  IF n <= 0 THEN PERFORM ora.fail(format('ORA-01428: argument ''%s'' is out of range', ora.num2text(n))); END IF;
  RETURN ora.digits40(round(pg_catalog.log(base + 0.0::numeric(1000, 60), n + 0.0::numeric(1000, 60)), 45));
END $$
--;
CREATE OR REPLACE FUNCTION ora.power(n numeric, p numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF n < 0 AND p <> trunc(p) THEN PERFORM ora.fail(format('ORA-01428: argument ''%s'' is out of range', ora.num2text(n))); END IF;
  IF n = 0 AND p < 0 THEN PERFORM ora.fail('ORA-01426: numeric overflow'); END IF;
  IF n = 0 THEN RETURN CASE WHEN p = 0 THEN 1 ELSE 0 END; END IF;
  IF p * log(abs(n)) > 126 THEN PERFORM ora.fail('ORA-01426: numeric overflow'); END IF;
  IF p * log(abs(n)) < -130 THEN RETURN 0; END IF;
  IF p = trunc(p) AND p >= 0 AND scale(n) = 0 THEN RETURN ora.digits40(pg_catalog.power(n, p)); END IF;
  RETURN ora.digits40(pg_catalog.power(n + 0.0::numeric(1000, 180), p));
END $$
--;
CREATE OR REPLACE FUNCTION ora.percentile_cont(v numeric[], p numeric, descending boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE s numeric[]; at numeric; low int;
BEGIN
  IF p < 0 OR p > 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-30493: The percentile value should be a number between 0 and 1.';
  END IF;
  SELECT array_agg(x ORDER BY CASE WHEN descending THEN -x ELSE x END) INTO s FROM unnest(v) AS u(x) WHERE x IS NOT NULL;
  IF s IS NULL THEN RETURN NULL; END IF;
  at := 1 + p * (cardinality(s) - 1);
  low := floor(at);
  IF low = at THEN RETURN s[low]; END IF;
  RETURN trim_scale(s[low] * (low + 1 - at) + s[low + 1] * (at - low));
END $$
--;
CREATE OR REPLACE FUNCTION ora.percentile_disc(v anycompatiblearray, p numeric, descending boolean) RETURNS anycompatible
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE s v%TYPE;
BEGIN
  IF p < 0 OR p > 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-30493: The percentile value should be a number between 0 and 1.';
  END IF;
  IF descending THEN
    SELECT array_agg(x ORDER BY x DESC) INTO s FROM unnest(v) AS u(x) WHERE x IS NOT NULL;
  ELSE
    SELECT array_agg(x ORDER BY x) INTO s FROM unnest(v) AS u(x) WHERE x IS NOT NULL;
  END IF;
  RETURN s[greatest(ceil(p * cardinality(s)), 1)::int];
END $$
--;
CREATE OR REPLACE FUNCTION ora.covar_pop(n numeric, x numeric, y numeric, xy numeric, xx numeric, yy numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN n > 0 THEN ora.div(n * xy - x * y, n * n) END
$$
--;
CREATE OR REPLACE FUNCTION ora.covar_samp(n numeric, x numeric, y numeric, xy numeric, xx numeric, yy numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN n > 1 THEN ora.div(n * xy - x * y, n * (n - 1)) END
$$
--;
CREATE OR REPLACE FUNCTION ora.corr(n numeric, x numeric, y numeric, xy numeric, xx numeric, yy numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN n * xx > x * x AND n * yy > y * y
              THEN ora.div(n * xy - x * y, ora.sqrt((n * xx - x * x) * (n * yy - y * y))) END
$$
--;
CREATE OR REPLACE FUNCTION ora.listagg_truncated(v text[], separator text, filler text, counted boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE whole text := array_to_string(v, separator); room int; result text := ''; kept int := 0; one text; total int;
BEGIN
  IF whole IS NULL OR octet_length(whole) <= 4000 THEN RETURN NULLIF(whole, ''); END IF;
  -- room for a last separator, the filler, and 24 bytes for the count
  room := 4000 - octet_length(separator) - octet_length(filler) - CASE WHEN counted THEN 24 ELSE 0 END;
  FOREACH one IN ARRAY v LOOP
    CONTINUE WHEN one IS NULL;
    EXIT WHEN octet_length(result) + octet_length(one) + CASE WHEN kept > 0 THEN octet_length(separator) ELSE 0 END > room;
    result := result || CASE WHEN kept > 0 THEN separator ELSE '' END || one;
    kept := kept + 1;
  END LOOP;
  SELECT count(x) INTO total FROM unnest(v) AS u(x);
  RETURN result || CASE WHEN kept > 0 THEN separator ELSE '' END || filler
         || CASE WHEN counted THEN '(' || (total - kept) || ')' ELSE '' END;
END $$
--;
CREATE OR REPLACE FUNCTION ora.ora_hash(t text, buckets numeric, seed numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.mod((hashtextextended(COALESCE(t, ''), seed::bigint) & 4294967295)::numeric, buckets + 1)
$$
--;
-- ------------------------------------------------------------------ text
CREATE OR REPLACE FUNCTION ora.fit_text(t text, size int, bytes boolean, target text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE actual int := CASE WHEN bytes THEN octet_length(t) ELSE length(t) END;
BEGIN
  IF actual > size THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = format(
      'ORA-12899: value too large for column %s (actual: %s, maximum: %s)', target, actual, size);
  END IF;
  RETURN NULLIF(t, '');
END $$
--;
CREATE OR REPLACE FUNCTION ora.concatenated(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF octet_length(t) > 4000 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000',
      MESSAGE = 'ORA-01489: result of string concatenation is too long';
  END IF;
  RETURN t;
END $$
--;
CREATE OR REPLACE FUNCTION ora.fit_char(t text, size int, bytes boolean, target text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE v text := ora.fit_text(t, size, bytes, target);
BEGIN
  RETURN v || repeat(' ', size - CASE WHEN bytes THEN octet_length(v) ELSE length(v) END);
END $$
--;
CREATE OR REPLACE FUNCTION ora.fit_raw(b bytea, size int, target text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF octet_length(b) > size THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = format(
      'ORA-12899: value too large for column %s (actual: %s, maximum: %s)', target, octet_length(b), size);
  END IF;
  RETURN NULLIF(b, '\x'::bytea);
END $$
--;
CREATE OR REPLACE FUNCTION ora.substr(s text, p numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT NULLIF(CASE WHEN trunc(p) > 0 THEN pg_catalog.substr(s, trunc(p)::int)
                     WHEN trunc(p) = 0 THEN s
                     WHEN -trunc(p) > length(s) THEN NULL
                     ELSE right(s, -trunc(p)::int) END, '')
$$
--;
CREATE OR REPLACE FUNCTION ora.substr(s text, p numeric, l numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT NULLIF(CASE WHEN l < 1 THEN NULL
                     WHEN trunc(p) > 0
                     THEN pg_catalog.substr(s, trunc(p)::int, LEAST(trunc(l), 1073741823)::int)
                     WHEN trunc(p) = 0 THEN pg_catalog.substr(s, 1, LEAST(trunc(l), 1073741823)::int)
                     WHEN -trunc(p) > length(s) THEN NULL
                     ELSE pg_catalog.substr(s, (length(s) + trunc(p) + 1)::int,
                                            LEAST(trunc(l), 1073741823)::int) END, '')
$$
--;
CREATE OR REPLACE FUNCTION ora.cutb(s text, size int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE n int := least(length(s), size);
BEGIN
  WHILE octet_length(left(s, n)) > size LOOP n := n - 1; END LOOP;
  RETURN NULLIF(left(s, n), '');
END $$
--;
CREATE OR REPLACE FUNCTION ora.substrb(s text, p numeric, l numeric DEFAULT 2147483647) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  b bytea := convert_to(s, 'UTF8'); start int; stop int; r text := ''; at int := 1; c text; w int;
BEGIN
  start := CASE WHEN p > 0 THEN trunc(p) WHEN p = 0 THEN 1 ELSE octet_length(b) + trunc(p) + 1 END;
  IF start < 1 OR l < 1 THEN RETURN NULL; END IF;
  stop := least(start - 1 + trunc(l), octet_length(b));
  FOR i IN 1 .. length(s) LOOP
    c := pg_catalog.substr(s, i, 1); w := octet_length(c);
    IF at >= start AND at + w - 1 <= stop THEN r := r || c;
    ELSE
      r := r || repeat(' ', greatest(0, least(at + w - 1, stop) - greatest(at, start) + 1));
    END IF;
    at := at + w;
  END LOOP;
  RETURN NULLIF(r, '');
END $$
--;
CREATE OR REPLACE FUNCTION ora.instr(s text, x text, p numeric DEFAULT 1, nth numeric DEFAULT 1) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE at int; found int := 0; step int; n int := trunc(p); k int := trunc(nth); w int := length(x);
BEGIN
  IF k < 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01428: argument ''' || k || ''' is out of range';
  END IF;
  IF n = 0 THEN RETURN 0; END IF;
  IF n = 1 AND k = 1 THEN RETURN position(x in s); END IF;
  IF n > 0 THEN
    at := n; step := 1;
  ELSE
    at := least(length(s) + n + 1, length(s) - w + 1); step := -1;
  END IF;
  WHILE at BETWEEN 1 AND length(s) - w + 1 LOOP
    IF pg_catalog.substr(s, at, w) = x THEN
      found := found + 1;
      IF found = k THEN RETURN at; END IF;
    END IF;
    at := at + step;
  END LOOP;
  RETURN 0;
END $$
--;
CREATE OR REPLACE FUNCTION ora.replace(s text, what text, by_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN what IS NULL THEN s ELSE NULLIF(pg_catalog.replace(s, what, COALESCE(by_text, '')), '') END
$$
--;
CREATE OR REPLACE FUNCTION ora.initcap(s text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT pg_catalog.initcap(s) $$
--;
CREATE OR REPLACE FUNCTION ora.listagg_result(s text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF octet_length(s) > 4000 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01489: result of string concatenation is too long';
  END IF;
  RETURN NULLIF(s, '');
END $$
--;
CREATE OR REPLACE FUNCTION ora.chr(n numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE h text := to_hex(trunc(n)::bigint);
BEGIN
  IF n = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-03001: unimplemented feature: CHR(0)';
  END IF;
  IF n < 128 THEN RETURN pg_catalog.chr(trunc(n)::int); END IF;
  RETURN convert_from(decode(lpad(h, length(h) + length(h) % 2, '0'), 'hex'), 'UTF8');
END $$
--;
CREATE OR REPLACE FUNCTION ora.ascii(s text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT ('x' || lpad(encode(convert_to(left(s, 1), 'UTF8'), 'hex'), 16, '0'))::bit(64)::bigint::numeric
$$
--;
CREATE OR REPLACE FUNCTION ora.unistr(s text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN NULLIF(pg_catalog.unistr(s), '');
EXCEPTION WHEN OTHERS THEN
  RAISE EXCEPTION USING ERRCODE = 'OR000',
    MESSAGE = 'ORA-30186: ''\'' must be followed by four hexdecimal characters or another ''\''';
END $$
--;
CREATE OR REPLACE FUNCTION ora.asciistr(s text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE r text := ''; c text; n int;
BEGIN
  FOR i IN 1 .. length(s) LOOP
    c := pg_catalog.substr(s, i, 1); n := pg_catalog.ascii(c);
    IF n < 128 AND c <> '\' THEN r := r || c;
    ELSIF n < 65536 THEN r := r || '\' || upper(lpad(to_hex(n), 4, '0'));
    ELSE
      n := n - 65536;
      r := r || '\' || upper(to_hex(55296 + (n >> 10))) || '\' || upper(to_hex(56320 + (n & 1023)));
    END IF;
  END LOOP;
  RETURN r;
END $$
--;
CREATE OR REPLACE FUNCTION ora.to_us7ascii(s text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.regexp_replace(
           pg_catalog.regexp_replace(normalize(s, NFD), '[\u0300-\u036f]', '', 'g'), '[^\u0001-\u007f]', '?', 'g')
$$
--;
CREATE OR REPLACE FUNCTION ora.without_accents(s text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT normalize(pg_catalog.regexp_replace(normalize(s, NFD), '[\u0300-\u036f]', '', 'g'), NFC)
$$
--;
-- ------------------------------------------------------------------ regular expressions
CREATE OR REPLACE FUNCTION ora.regexp_flags(flags text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN position('m' in COALESCE(flags, '')) > 0 THEN 'w' ELSE 's' END
      || CASE WHEN COALESCE(flags, '') ~ 'i[^c]*$' THEN 'i' ELSE '' END
      || CASE WHEN position('x' in COALESCE(flags, '')) > 0 THEN 'x' ELSE '' END
$$
--;
-- The dot does not match a newline unless 'n' is given; everything else may.
CREATE OR REPLACE FUNCTION ora.regexp_pattern(p text, flags text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE r text := ''; c text; i int := 1; inside boolean := false; opened int := 0;
BEGIN
  IF position('.' in p) = 0 AND position('\' in p) = 0 THEN RETURN p; END IF;
  WHILE i <= length(p) LOOP
    c := pg_catalog.substr(p, i, 1);
    IF inside THEN
      IF c = '[' AND pg_catalog.substr(p, i + 1, 1) IN (':', '.', '=') THEN
        opened := position(pg_catalog.substr(p, i + 1, 1) || ']' in pg_catalog.substr(p, i + 2));
        IF opened > 0 THEN
          r := r || pg_catalog.substr(p, i, opened + 3); i := i + opened + 3; CONTINUE;
        END IF;
      END IF;
      IF c = ']' AND i > opened THEN inside := false; END IF;
      r := r || CASE WHEN c = '\' THEN '\\' ELSE c END;
    ELSIF c = '\' THEN
      r := r || pg_catalog.substr(p, i, 2); i := i + 1;
    ELSIF c = '[' THEN
      inside := true; r := r || c;
      opened := i + CASE WHEN pg_catalog.substr(p, i + 1, 1) = '^' THEN 2 ELSE 1 END;
    ELSIF c = '.' AND position('n' in COALESCE(flags, '')) = 0 THEN
      r := r || '[^' || E'\n' || ']';
    ELSE
      r := r || c;
    END IF;
    i := i + 1;
  END LOOP;
  RETURN r;
END $$
--;
CREATE OR REPLACE FUNCTION ora.regexp_like(s text, p text, flags text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.regexp_like(s, ora.regexp_pattern(p, flags), ora.regexp_flags(flags))
$$
--;
CREATE OR REPLACE FUNCTION ora.regexp_substr(s text, p text, start int, nth int, flags text, sub int) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT NULLIF(pg_catalog.regexp_substr(s, ora.regexp_pattern(p, flags), start, nth, ora.regexp_flags(flags), sub), '')
$$
--;
CREATE OR REPLACE FUNCTION ora.regexp_replace(s text, p text, by_text text, start int, nth int, flags text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p IS NULL THEN s ELSE NULLIF(pg_catalog.regexp_replace(
    s, ora.regexp_pattern(p, flags), pg_catalog.replace(COALESCE(by_text, ''), '\&', '\\&'), start, nth,
    ora.regexp_flags(flags)), '') END
$$
--;
CREATE OR REPLACE FUNCTION ora.regexp_instr(s text, p text, start int, nth int, after int, flags text, sub int) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.regexp_instr(s, ora.regexp_pattern(p, flags), start, nth, after, ora.regexp_flags(flags), sub)::numeric
$$
--;
CREATE OR REPLACE FUNCTION ora.regexp_count(s text, p text, start int, flags text) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.regexp_count(s, ora.regexp_pattern(p, flags), start, ora.regexp_flags(flags))::numeric
$$
--;
-- ------------------------------------------------------------------ dates
CREATE OR REPLACE FUNCTION ora.add_days(d timestamp, n numeric) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT d + make_interval(secs => round(n * 86400)::float8)
$$
--;
CREATE OR REPLACE FUNCTION ora.days_between(a timestamp, b timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ora.div(extract(epoch FROM a - b), 86400)
$$
--;
CREATE OR REPLACE FUNCTION ora.last_day(d timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT date_trunc('month', d) + interval '1 month' - interval '1 day' + (d - date_trunc('day', d))
$$
--;
CREATE OR REPLACE FUNCTION ora.add_months(d timestamp, n numeric) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN date_trunc('day', d) = date_trunc('day', ora.last_day(d))
              THEN ora.last_day(d + make_interval(months => trunc(n)::int))
              ELSE d + make_interval(months => trunc(n)::int) END
$$
--;
CREATE OR REPLACE FUNCTION ora.add_year_month(d timestamp, i interval) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE r timestamp := d + i;
BEGIN
  IF extract(day FROM r) <> extract(day FROM d) THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01839: date not valid for month specified';
  END IF;
  RETURN r;
END $$
--;
CREATE OR REPLACE FUNCTION ora.months_between(a timestamp, b timestamp) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE whole numeric; rest numeric;
BEGIN
  whole := (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b);
  IF extract(day FROM a) = extract(day FROM b)
     OR (a::date = ora.last_day(a)::date AND b::date = ora.last_day(b)::date) THEN
    RETURN trim_scale(whole);
  END IF;
  rest := (extract(day FROM a) - extract(day FROM b)) * 86400
        + extract(epoch FROM a - date_trunc('day', a)) - extract(epoch FROM b - date_trunc('day', b));
  RETURN whole + ora.div(rest, 2678400);
END $$
--;
CREATE OR REPLACE FUNCTION ora.day_number(name text) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE at int := array_position('{SUN,MON,TUE,WED,THU,FRI,SAT}'::text[], upper(left(btrim(name), 3)));
BEGIN
  IF at IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01846: not a valid day of the week';
  END IF;
  RETURN at - 1;
END $$
--;
CREATE OR REPLACE FUNCTION ora.next_day(d timestamp, name text) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT d + make_interval(days => (ora.day_number(name) - extract(dow FROM d)::int + 6) % 7 + 1)
$$
--;
CREATE OR REPLACE FUNCTION ora.trunc_date(d timestamp, unit text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE u text := upper(unit);
BEGIN
  CASE
    WHEN u IN ('DDD', 'DD', 'J') THEN RETURN date_trunc('day', d);
    WHEN u IN ('MONTH', 'MON', 'MM', 'RM') THEN RETURN date_trunc('month', d);
    WHEN u IN ('SYYYY', 'YYYY', 'YEAR', 'SYEAR', 'YYY', 'YY', 'Y') THEN RETURN date_trunc('year', d);
    WHEN u = 'Q' THEN RETURN date_trunc('quarter', d);
    WHEN u = 'IW' THEN RETURN date_trunc('week', d);
    WHEN u IN ('DAY', 'DY', 'D') THEN
      RETURN date_trunc('day', d) - make_interval(days => extract(dow FROM d)::int);
    WHEN u = 'WW' THEN
      RETURN date_trunc('day', d) - make_interval(days => (extract(doy FROM d)::int - 1) % 7);
    WHEN u = 'W' THEN
      RETURN date_trunc('day', d) - make_interval(days => (extract(day FROM d)::int - 1) % 7);
    WHEN u IN ('HH', 'HH12', 'HH24') THEN RETURN date_trunc('hour', d);
    WHEN u = 'MI' THEN RETURN date_trunc('minute', d);
    WHEN u IN ('IYYY', 'IYY', 'IY', 'I') THEN
      RETURN date_trunc('week', make_timestamp(extract(isoyear FROM d)::int, 1, 4, 0, 0, 0));
    WHEN u IN ('CC', 'SCC') THEN
      RETURN make_timestamp(((extract(year FROM d)::int - 1) / 100) * 100 + 1, 1, 1, 0, 0, 0);
    ELSE
      RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01898: too many precision specifiers';
  END CASE;
END $$
--;
CREATE OR REPLACE FUNCTION ora.round_date(d timestamp, unit text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE u text := upper(unit); low timestamp := ora.trunc_date(d, unit); high timestamp;
BEGIN
  CASE
    WHEN u IN ('DDD', 'DD', 'J') THEN RETURN ora.trunc_date(d + interval '12 hours', 'DD');
    WHEN u IN ('MONTH', 'MON', 'MM', 'RM') THEN
      RETURN CASE WHEN extract(day FROM d) >= 16 THEN low + interval '1 month' ELSE low END;
    WHEN u IN ('SYYYY', 'YYYY', 'YEAR', 'SYEAR', 'YYY', 'YY', 'Y') THEN
      RETURN CASE WHEN extract(month FROM d) >= 7 THEN low + interval '1 year' ELSE low END;
    WHEN u = 'Q' THEN
      high := low + interval '3 months';
      RETURN CASE WHEN d >= low + interval '1 month' + interval '15 days' THEN high ELSE low END;
    WHEN u IN ('HH', 'HH12', 'HH24') THEN RETURN date_trunc('hour', d + interval '30 minutes');
    WHEN u = 'MI' THEN RETURN date_trunc('minute', d + interval '30 seconds');
    WHEN u IN ('IW', 'WW', 'W', 'DAY', 'DY', 'D') THEN
      RETURN CASE WHEN d >= low + interval '84 hours' THEN low + interval '7 days' ELSE low END;
    ELSE
      RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-03001: unimplemented feature: ROUND of a date to ' || u;
  END CASE;
END $$
--;
CREATE OR REPLACE FUNCTION ora.zone(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN name ~ '^\s*[+-]\d{1,2}:\d{2}\s*$'
              THEN 'UTC' || translate(btrim(name), '+-', '-+') ELSE btrim(name) END
$$
--;
CREATE OR REPLACE FUNCTION ora.interval_part(i interval, part text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE part
    WHEN 'YEAR' THEN trunc((extract(year FROM i) * 12 + extract(month FROM i)) / 12)
    WHEN 'MONTH' THEN extract(month FROM i)
    WHEN 'DAY' THEN trunc(extract(epoch FROM i) / 86400)
    WHEN 'HOUR' THEN trunc((extract(epoch FROM i) % 86400) / 3600)
    WHEN 'MINUTE' THEN trunc((extract(epoch FROM i) % 3600) / 60)
    ELSE trim_scale(extract(epoch FROM i) % 60) END
$$
--;
CREATE OR REPLACE FUNCTION ora.interval_text(i interval) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN extract(epoch FROM i) < 0 THEN '-' ELSE '+' END
      || lpad(abs(ora.interval_part(i, 'DAY'))::text, 9, '0') || ' '
      || lpad(abs(ora.interval_part(i, 'HOUR'))::text, 2, '0') || ':'
      || lpad(abs(ora.interval_part(i, 'MINUTE'))::text, 2, '0') || ':'
      || lpad(trunc(abs(ora.interval_part(i, 'SECOND')))::text, 2, '0') || '.'
      || lpad(trunc((abs(ora.interval_part(i, 'SECOND')) % 1) * 1000000)::text, 6, '0')
$$
--;
CREATE OR REPLACE FUNCTION ora.months_text(i interval) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN m < 0 THEN '-' ELSE '+' END || lpad((abs(m) / 12)::text, 2, '0') || '-'
      || lpad((abs(m) % 12)::text, 2, '0')
    FROM (SELECT (extract(year FROM i) * 12 + extract(month FROM i))::int AS m) x
$$
--;
CREATE OR REPLACE FUNCTION ora.to_dsinterval(t text) RETURNS interval
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE m text[] := regexp_match(btrim(t), '^([+-]?)(\d+)\s+(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)$');
BEGIN
  IF m IS NULL THEN
    IF btrim(t) ~ '^-?P' THEN RETURN btrim(t)::interval; END IF;
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01867: the interval is invalid';
  END IF;
  RETURN make_interval(secs => (CASE WHEN m[1] = '-' THEN -1 ELSE 1 END)
    * (m[2]::float8 * 86400 + m[3]::float8 * 3600 + m[4]::float8 * 60 + m[5]::float8));
END $$
--;
CREATE OR REPLACE FUNCTION ora.to_yminterval(t text) RETURNS interval
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE m text[] := regexp_match(btrim(t), '^([+-]?)(\d+)-(\d{1,2})$');
BEGIN
  IF m IS NULL OR m[3]::int > 11 THEN
    IF btrim(t) ~ '^-?P(\d+Y)?(\d+M)?$' AND btrim(t) ~ '\d' THEN RETURN btrim(t)::interval; END IF;
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01867: the interval is invalid';
  END IF;
  RETURN make_interval(months => (CASE WHEN m[1] = '-' THEN -1 ELSE 1 END) * (m[2]::int * 12 + m[3]::int));
END $$
--;
-- ------------------------------------------------------------------ date models
CREATE OR REPLACE FUNCTION ora.pg_to_char(timestamp, text) RETURNS text
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_to_char'
--;
CREATE OR REPLACE FUNCTION ora.date_element(rest text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT substring(upper(rest) FROM '^(?:SYYYY|Y,YYY|SYEAR|SSSSS|MONTH|YYYY|IYYY|RRRR|HH24|HH12|YEAR|A\.M\.|P\.M\.|B\.C\.|A\.D\.|YYY|IYY|TZH|TZM|TZR|TZD|DAY|MON|DDD|SCC|FF[1-9]?|FX|FM|TH|SP|YY|IY|RR|RM|CC|AM|PM|AD|BC|WW|IW|HH|MI|MM|SS|DD|DY|DL|DS|TS|W|Q|J|D|X|Y|I|E)')
$$
--;
CREATE OR REPLACE FUNCTION ora.as_written(name text, element text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN element ~ '^[A-Z]\.?[A-Z]' THEN upper(name)
              WHEN element ~ '^[A-Z]' THEN pg_catalog.initcap(name) ELSE lower(name) END
$$
--;
CREATE OR REPLACE FUNCTION ora.stamp_text(d timestamp, model text, zone_hours text, zone_minutes text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  r text := ''; i int := 1; e text; raw text; piece text; fm boolean := false; n int; q int; hour int;
  months text[] := '{January,February,March,April,May,June,July,August,September,October,November,December}';
  days text[] := '{Sunday,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday}';
BEGIN
  hour := extract(hour FROM d);
  WHILE i <= length(model) LOOP
    IF pg_catalog.substr(model, i, 1) = '"' THEN
      q := position('"' in pg_catalog.substr(model, i + 1));
      IF q = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01821: date format not recognized';
      END IF;
      r := r || pg_catalog.substr(model, i + 1, q - 1); i := i + q + 1; CONTINUE;
    END IF;
    e := ora.date_element(pg_catalog.substr(model, i));
    IF e IS NULL THEN
      piece := pg_catalog.substr(model, i, 1);
      IF piece ~ '[A-Za-z0-9]' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01821: date format not recognized';
      END IF;
      r := r || piece; i := i + 1; CONTINUE;
    END IF;
    raw := pg_catalog.substr(model, i, length(e)); i := i + length(e);
    IF e = 'FM' THEN fm := NOT fm; CONTINUE; END IF;
    IF e = 'FX' THEN CONTINUE; END IF;
    n := NULL;
    CASE
      WHEN e = 'YYYY' THEN piece := CASE WHEN fm THEN extract(year FROM d)::text ELSE lpad(extract(year FROM d)::text, 4, '0') END;
      WHEN e = 'RRRR' THEN piece := lpad(extract(year FROM d)::text, 4, '0');
      WHEN e = 'SYYYY' THEN piece := CASE WHEN fm THEN '' ELSE ' ' END || lpad(extract(year FROM d)::text, 4, '0');
      WHEN e = 'Y,YYY' THEN piece := pg_catalog.to_char(d, 'Y,YYY');
      WHEN e IN ('YYY', 'YY', 'Y') THEN piece := right(lpad(extract(year FROM d)::text, 4, '0'), length(e));
      WHEN e = 'RR' THEN piece := right(lpad(extract(year FROM d)::text, 4, '0'), 2);
      WHEN e IN ('IYYY', 'IYY', 'IY', 'I') THEN piece := right(lpad(extract(isoyear FROM d)::text, 4, '0'), length(e));
      WHEN e = 'MM' THEN n := extract(month FROM d);
      WHEN e = 'DD' THEN n := extract(day FROM d);
      WHEN e = 'HH24' THEN n := hour;
      WHEN e IN ('HH', 'HH12') THEN n := (hour + 11) % 12 + 1;
      WHEN e = 'MI' THEN n := extract(minute FROM d);
      WHEN e = 'SS' THEN n := trunc(extract(second FROM d));
      WHEN e = 'SSSSS' THEN
        piece := trunc(extract(epoch FROM d - date_trunc('day', d)))::text;
        IF NOT fm THEN piece := lpad(piece, 5, '0'); END IF;
      WHEN e LIKE 'FF%' THEN
        piece := left(rpad(lpad((extract(microseconds FROM d)::bigint % 1000000)::text, 6, '0'), 9, '0'),
                      CASE WHEN e = 'FF' THEN 6 ELSE right(e, 1)::int END);
      WHEN e = 'TZD' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-03001: unimplemented feature: TZD';
      WHEN e = 'X' THEN piece := '.';
      WHEN e = 'MONTH' THEN
        piece := ora.as_written(months[extract(month FROM d)::int], raw);
        IF NOT fm THEN piece := rpad(piece, 9); END IF;
      WHEN e = 'MON' THEN piece := ora.as_written(left(months[extract(month FROM d)::int], 3), raw);
      WHEN e = 'DAY' THEN
        piece := ora.as_written(days[extract(dow FROM d)::int + 1], raw);
        IF NOT fm THEN piece := rpad(piece, 9); END IF;
      WHEN e = 'DY' THEN piece := ora.as_written(left(days[extract(dow FROM d)::int + 1], 3), raw);
      WHEN e = 'D' THEN piece := (extract(dow FROM d)::int + 1)::text;
      WHEN e = 'DDD' THEN
        piece := extract(doy FROM d)::text; IF NOT fm THEN piece := lpad(piece, 3, '0'); END IF;
      WHEN e = 'WW' THEN n := (extract(doy FROM d)::int - 1) / 7 + 1;
      WHEN e = 'IW' THEN n := extract(week FROM d);
      WHEN e = 'W' THEN piece := ((extract(day FROM d)::int - 1) / 7 + 1)::text;
      WHEN e = 'Q' THEN piece := extract(quarter FROM d)::text;
      WHEN e = 'J' THEN piece := extract(julian FROM date_trunc('day', d))::int::text;
      WHEN e = 'RM' THEN
        piece := ora.as_written(ora.roman(extract(month FROM d)::int), raw);
        IF NOT fm THEN piece := rpad(piece, 4); END IF;
      WHEN e IN ('CC', 'SCC') THEN n := (extract(year FROM d)::int - 1) / 100 + 1;
      WHEN e IN ('AM', 'PM') THEN piece := ora.as_written(CASE WHEN hour < 12 THEN 'AM' ELSE 'PM' END, raw);
      WHEN e IN ('A.M.', 'P.M.') THEN piece := ora.as_written(CASE WHEN hour < 12 THEN 'A.M.' ELSE 'P.M.' END, raw);
      WHEN e IN ('AD', 'BC') THEN piece := ora.as_written('AD', raw);
      WHEN e IN ('A.D.', 'B.C.') THEN piece := ora.as_written('A.D.', raw);
      WHEN e IN ('TZH', 'TZM', 'TZR') AND zone_hours IS NOT NULL THEN
        piece := CASE e WHEN 'TZH' THEN zone_hours WHEN 'TZM' THEN zone_minutes ELSE zone_hours || ':' || zone_minutes END;
      ELSE
        RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01821: date format not recognized';
    END CASE;
    IF n IS NOT NULL THEN piece := CASE WHEN fm THEN n::text ELSE lpad(n::text, 2, '0') END; END IF;
    r := r || piece;
  END LOOP;
  RETURN NULLIF(r, '');
END $$
--;
-- FF as FF3 and the like, text in quotes as it is.
CREATE OR REPLACE FUNCTION ora.with_digits(model text, digits int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE parts text[] := string_to_array(model, '"');
BEGIN
  IF digits = 0 AND model ~* 'FF' THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-03001: unimplemented feature: FF of a TIMESTAMP(0)';
  END IF;
  FOR i IN 1 .. array_length(parts, 1) BY 2 LOOP
    parts[i] := regexp_replace(parts[i], 'FF(?![1-9])', 'FF' || digits, 'gi');
  END LOOP;
  RETURN array_to_string(parts, '"');
END $$
--;
CREATE OR REPLACE FUNCTION ora.to_char(d timestamp, model text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.stamp_text(d, model, NULL, NULL) $$
--;
CREATE OR REPLACE FUNCTION ora.date_fail(code int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-0' || code || ': ' || CASE code
    WHEN 1830 THEN 'date format picture ends before converting entire input string'
    WHEN 1839 THEN 'date not valid for month specified'
    WHEN 1840 THEN 'input value not long enough for date format'
    WHEN 1841 THEN '(full) year must be between -4713 and +9999, and not be 0'
    WHEN 1843 THEN 'not a valid month'
    WHEN 1846 THEN 'not a valid day of the week'
    WHEN 1847 THEN 'day of month must be between 1 and last day of month'
    WHEN 1848 THEN 'day of year must be between 1 and 365 (366 for leap year)'
    WHEN 1849 THEN 'hour must be between 1 and 12'
    WHEN 1850 THEN 'hour must be between 0 and 23'
    WHEN 1851 THEN 'minutes must be between 0 and 59'
    WHEN 1852 THEN 'seconds must be between 0 and 59'
    WHEN 1853 THEN 'seconds in day must be between 0 and 86399'
    WHEN 1854 THEN 'julian date must be between 1 and 5373484'
    WHEN 1855 THEN 'AM/A.M. or PM/P.M. required'
    WHEN 1858 THEN 'a non-numeric character was found where a numeric was expected'
    WHEN 1861 THEN 'literal does not match format string'
    WHEN 1880 THEN 'the fractional seconds must be between 0 and 999999999'
    ELSE 'date format not recognized' END;
END $$
--;
CREATE OR REPLACE FUNCTION ora.parse_stamp(src text, model text, OUT stamp timestamp, OUT zone text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  i int := 1; p int := 1; e text; q int; lit text; got text; width int; fx boolean := false; c text; n int;
  yr int; mon int; dd int; hh int := 0; h12 int; pm boolean; mi int := 0; ss int := 0; micros int := 0;
  doy int; julian int; secs int; tzh text; tzm text; names text[] := '{JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC}';
  longs text[] := '{JANUARY,FEBRUARY,MARCH,APRIL,MAY,JUNE,JULY,AUGUST,SEPTEMBER,OCTOBER,NOVEMBER,DECEMBER}';
  optional text[] := '{HH24,HH12,HH,MI,SS,SSSSS,AM,PM,A.M.,P.M.,TZH,TZM,TZR,X}';
  this_year int := extract(year FROM statement_timestamp()); v text := btrim(src);
BEGIN
  IF v = '' THEN RETURN; END IF;
  WHILE i <= length(model) LOOP
    c := pg_catalog.substr(model, i, 1);
    IF c = '"' THEN
      q := position('"' in pg_catalog.substr(model, i + 1));
      IF q = 0 THEN PERFORM ora.date_fail(1821); END IF;
      lit := pg_catalog.substr(model, i + 1, q - 1);
      IF upper(pg_catalog.substr(v, p, length(lit))) <> upper(lit) THEN PERFORM ora.date_fail(1861); END IF;
      p := p + length(lit); i := i + q + 1; CONTINUE;
    END IF;
    e := ora.date_element(pg_catalog.substr(model, i));
    IF e IS NULL THEN
      IF c ~ '[A-Za-z0-9]' THEN PERFORM ora.date_fail(1821); END IF;
      IF c ~ '\s' THEN
        WHILE pg_catalog.substr(v, p, 1) ~ '^\s$' LOOP p := p + 1; END LOOP;
        IF fx = false AND pg_catalog.substr(v, p, 1) ~ '^[^A-Za-z0-9+-]$' THEN p := p + 1; END IF;
      ELSIF pg_catalog.substr(v, p, 1) ~ '^[^A-Za-z0-9]$' THEN
        IF fx AND pg_catalog.substr(v, p, 1) <> c THEN PERFORM ora.date_fail(1861); END IF;
        p := p + 1;
      ELSIF p <= length(v) AND (fx OR pg_catalog.substr(v, p, 1) !~ '[0-9]') THEN
        PERFORM ora.date_fail(1861);
      END IF;
      i := i + 1; CONTINUE;
    END IF;
    i := i + length(e);
    IF e = 'FX' THEN fx := true; CONTINUE; END IF;
    IF e IN ('FM', 'TH', 'SP') THEN CONTINUE; END IF;
    WHILE pg_catalog.substr(v, p, 1) ~ '^\s$' LOOP p := p + 1; END LOOP;
    IF p > length(v) THEN
      IF e = ANY(optional) OR e LIKE 'FF%' THEN CONTINUE; END IF;
      PERFORM ora.date_fail(1840);
    END IF;
    IF e IN ('MONTH', 'MON') OR (e = 'MM' AND pg_catalog.substr(v, p, 1) ~ '[A-Za-z]') THEN
      got := upper(substring(pg_catalog.substr(v, p) FROM '^[A-Za-z]+'));
      IF got IS NULL THEN PERFORM ora.date_fail(1843); END IF;
      mon := array_position(longs, got);
      IF mon IS NOT NULL THEN p := p + length(got);
      ELSE
        mon := array_position(names, left(got, 3)); p := p + 3;
        IF mon IS NULL THEN PERFORM ora.date_fail(1843); END IF;
      END IF;
      CONTINUE;
    END IF;
    IF e IN ('DAY', 'DY') THEN
      got := substring(pg_catalog.substr(v, p) FROM '^[A-Za-z]+');
      PERFORM ora.day_number(COALESCE(got, 'x')); p := p + length(got); CONTINUE;
    END IF;
    IF e IN ('AM', 'PM', 'A.M.', 'P.M.') THEN
      got := upper(substring(pg_catalog.substr(v, p) FROM '^[AaPp]\.?[Mm]\.?'));
      IF got IS NULL THEN PERFORM ora.date_fail(1855); END IF;
      pm := left(got, 1) = 'P'; p := p + length(got); CONTINUE;
    END IF;
    IF e IN ('AD', 'BC', 'A.D.', 'B.C.') THEN
      p := p + length(substring(pg_catalog.substr(v, p) FROM '^[A-Za-z.]*')); CONTINUE;
    END IF;
    IF e = 'X' THEN
      IF pg_catalog.substr(v, p, 1) = '.' THEN p := p + 1; END IF; CONTINUE;
    END IF;
    IF e = 'TZR' THEN
      tzh := substring(pg_catalog.substr(v, p) FROM '^(?:[+-]\d{1,2}:\d{2}|[A-Za-z_/]+)');
      IF tzh IS NULL THEN PERFORM ora.date_fail(1861); END IF;
      zone := tzh; p := p + length(tzh); tzh := NULL; CONTINUE;
    END IF;
    IF e = 'TZH' THEN
      tzh := substring(pg_catalog.substr(v, p) FROM '^[+-]?\d{1,2}');
      IF tzh IS NULL THEN PERFORM ora.date_fail(1858); END IF;
      p := p + length(tzh); CONTINUE;
    END IF;
    width := CASE WHEN e IN ('YYYY', 'RRRR', 'SYYYY') THEN 4 WHEN e IN ('YYY', 'DDD') THEN 3 WHEN e = 'Y' THEN 1
                  WHEN e = 'SSSSS' THEN 5 WHEN e = 'J' THEN 7 WHEN e LIKE 'FF_' THEN right(e, 1)::int
                  WHEN e = 'FF' THEN 9 ELSE 2 END;
    IF e = 'SYYYY' AND pg_catalog.substr(v, p, 1) IN ('+', '-') THEN p := p + 1; END IF;
    got := substring(pg_catalog.substr(v, p) FROM '^\d{1,' || width || '}');
    IF got IS NULL AND e LIKE 'FF%' AND pg_catalog.substr(v, p, 1) IN ('+', '-') THEN CONTINUE; END IF;
    IF got IS NULL THEN PERFORM ora.date_fail(CASE WHEN e LIKE 'FF%' THEN 1880 ELSE 1858 END); END IF;
    p := p + length(got); n := got::int;
    CASE
      WHEN e IN ('YYYY', 'SYYYY') THEN yr := n; IF n = 0 THEN PERFORM ora.date_fail(1841); END IF;
      WHEN e IN ('RR', 'RRRR') THEN
        IF length(got) > 2 THEN yr := n;
        ELSE
          yr := this_year / 100 * 100 + n;
          IF n < 50 AND this_year % 100 >= 50 THEN yr := yr + 100;
          ELSIF n >= 50 AND this_year % 100 < 50 THEN yr := yr - 100; END IF;
        END IF;
      WHEN e = 'YYY' THEN yr := this_year / 1000 * 1000 + n;
      WHEN e = 'YY' THEN yr := this_year / 100 * 100 + n;
      WHEN e = 'Y' THEN yr := this_year / 10 * 10 + n;
      WHEN e = 'MM' THEN mon := n; IF n NOT BETWEEN 1 AND 12 THEN PERFORM ora.date_fail(1843); END IF;
      WHEN e = 'DD' THEN dd := n; IF n NOT BETWEEN 1 AND 31 THEN PERFORM ora.date_fail(1847); END IF;
      WHEN e = 'DDD' THEN doy := n; IF n NOT BETWEEN 1 AND 366 THEN PERFORM ora.date_fail(1848); END IF;
      WHEN e = 'HH24' THEN hh := n; IF n > 23 THEN PERFORM ora.date_fail(1850); END IF;
      WHEN e IN ('HH', 'HH12') THEN h12 := n; IF n NOT BETWEEN 1 AND 12 THEN PERFORM ora.date_fail(1849); END IF;
      WHEN e = 'MI' THEN mi := n; IF n > 59 THEN PERFORM ora.date_fail(1851); END IF;
      WHEN e = 'SS' THEN ss := n; IF n > 59 THEN PERFORM ora.date_fail(1852); END IF;
      WHEN e = 'SSSSS' THEN secs := n; IF n > 86399 THEN PERFORM ora.date_fail(1853); END IF;
      WHEN e = 'J' THEN julian := n;
      WHEN e LIKE 'FF%' THEN micros := left(rpad(got, 9, '0'), 6)::int;
      WHEN e = 'TZM' THEN tzm := lpad(got, 2, '0');
      ELSE PERFORM ora.date_fail(1821);
    END CASE;
  END LOOP;
  IF btrim(pg_catalog.substr(v, p)) <> '' THEN PERFORM ora.date_fail(1830); END IF;
  IF tzh IS NOT NULL THEN
    zone := CASE WHEN tzh LIKE '-%' THEN '-' ELSE '+' END || lpad(ltrim(tzh, '+-'), 2, '0') || ':' || COALESCE(tzm, '00');
  END IF;
  IF h12 IS NOT NULL THEN hh := h12 % 12 + CASE WHEN COALESCE(pm, false) THEN 12 ELSE 0 END; END IF;
  IF julian IS NOT NULL THEN
    stamp := timestamp '2000-01-01' + make_interval(days => julian - 2451545);
  ELSE
    yr := COALESCE(yr, this_year);
    IF yr > 9999 THEN PERFORM ora.date_fail(1841); END IF;
    IF doy IS NOT NULL THEN
      stamp := make_timestamp(yr, 1, 1, 0, 0, 0) + make_interval(days => doy - 1);
    ELSE
      mon := COALESCE(mon, extract(month FROM statement_timestamp())::int); dd := COALESCE(dd, 1);
      IF dd > extract(day FROM make_timestamp(yr, mon, 1, 0, 0, 0) + interval '1 month' - interval '1 day') THEN
        PERFORM ora.date_fail(1839);
      END IF;
      stamp := make_timestamp(yr, mon, dd, 0, 0, 0);
    END IF;
  END IF;
  IF secs IS NOT NULL THEN stamp := stamp + make_interval(secs => secs);
  ELSE stamp := stamp + make_interval(hours => hh, mins => mi, secs => ss); END IF;
  stamp := stamp + micros * interval '1 microsecond';
END $$
--;
CREATE OR REPLACE FUNCTION ora.to_date(t text, model text) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT date_trunc('second', (ora.parse_stamp(t, model)).stamp) $$
--;
CREATE OR REPLACE FUNCTION ora.to_timestamp(t text, model text) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT (ora.parse_stamp(t, model)).stamp $$
--;
-- ------------------------------------------------------------------ RAW, ROWID, sequences
CREATE OR REPLACE FUNCTION ora.hextoraw(t text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF t !~ '^[0-9A-Fa-f]*$' THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01465: invalid hex number';
  END IF;
  RETURN NULLIF(decode(lpad(t, length(t) + length(t) % 2, '0'), 'hex'), '\x'::bytea);
END $$
--;
CREATE OR REPLACE FUNCTION ora.sha1(data bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  full32 constant bigint := 4294967295; msg bytea; blocks int; w bigint[]; x bigint; t bigint; f bigint; k bigint;
  a bigint; b bigint; c bigint; d bigint; e bigint; at int;
  h0 bigint := 1732584193; h1 bigint := 4023233417; h2 bigint := 2562383102; h3 bigint := 271733878; h4 bigint := 3285377520;
BEGIN
  msg := data || '\x80'::bytea;
  msg := msg || decode(repeat('00', (120 - octet_length(msg) % 64) % 64), 'hex') || int8send(octet_length(data)::bigint * 8);
  blocks := octet_length(msg) / 64;
  FOR block IN 0 .. blocks - 1 LOOP
    w := '{}';
    FOR i IN 0 .. 15 LOOP
      at := block * 64 + i * 4;
      w := w || ((get_byte(msg, at)::bigint << 24) | (get_byte(msg, at + 1)::bigint << 16)
               | (get_byte(msg, at + 2)::bigint << 8) | get_byte(msg, at + 3)::bigint);
    END LOOP;
    FOR i IN 17 .. 80 LOOP
      x := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w := w || (((x << 1) | (x >> 31)) & full32);
    END LOOP;
    a := h0; b := h1; c := h2; d := h3; e := h4;
    FOR i IN 1 .. 80 LOOP
      IF i <= 20 THEN f := (b & c) | ((b # full32) & d); k := 1518500249;
      ELSIF i <= 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i <= 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782; END IF;
      t := ((((a << 5) | (a >> 27)) & full32) + f + e + k + w[i]) & full32;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & full32; b := a; a := t;
    END LOOP;
    h0 := (h0 + a) & full32; h1 := (h1 + b) & full32; h2 := (h2 + c) & full32;
    h3 := (h3 + d) & full32; h4 := (h4 + e) & full32;
  END LOOP;
  RETURN substring(int8send(h0) FROM 5) || substring(int8send(h1) FROM 5) || substring(int8send(h2) FROM 5)
      || substring(int8send(h3) FROM 5) || substring(int8send(h4) FROM 5);
END $$
--;
CREATE OR REPLACE FUNCTION ora.rowid_text(n bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits constant text := 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  v bigint := n >> 10; r text := ''; s text := '';
BEGIN
  FOR i IN 1 .. 6 LOOP r := pg_catalog.substr(digits, (v & 63)::int + 1, 1) || r; v := v >> 6; END LOOP;
  v := n & 1023;
  FOR i IN 1 .. 3 LOOP s := pg_catalog.substr(digits, (v & 63)::int + 1, 1) || s; v := v >> 6; END LOOP;
  RETURN 'AAAAAAAAB' || r || s;
END $$
--;
CREATE OR REPLACE FUNCTION ora.rowid_number(t text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits constant text := 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  v bigint := 0; r bigint := 0;
BEGIN
  IF t !~ '^[A-Za-z0-9+/]{18}$' THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01410: invalid ROWID';
  END IF;
  FOR i IN 10 .. 15 LOOP v := (v << 6) | (position(pg_catalog.substr(t, i, 1) in digits) - 1); END LOOP;
  FOR i IN 16 .. 18 LOOP r := (r << 6) | (position(pg_catalog.substr(t, i, 1) in digits) - 1); END LOOP;
  RETURN (v << 10) | r;
END $$
--;
CREATE OR REPLACE FUNCTION ora.currval(relation text) RETURNS numeric
LANGUAGE plpgsql VOLATILE STRICT AS $$
BEGIN
  RETURN pg_catalog.currval(relation::regclass)::numeric;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
  RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-08002: sequence '
    || pg_catalog.replace(split_part(relation, '.', 2), '"', '') || '.CURRVAL is not yet defined in this session';
END $$
--;
CREATE OR REPLACE FUNCTION ora.loop_in_hierarchy(keys anyarray) RETURNS anyarray
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-01436: CONNECT BY loop in user data';
END $$
--;
-- ------------------------------------------------------------------ JSON
CREATE OR REPLACE FUNCTION ora.json_string(t text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT to_json(t)::text $$
--;
CREATE OR REPLACE FUNCTION ora.json_number(n numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT trim_scale(n)::text $$
--;
CREATE OR REPLACE FUNCTION ora.json_object(parts text[], absent boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE r text := ''; v text;
BEGIN
  FOR i IN 1 .. COALESCE(array_length(parts, 1), 0) / 2 LOOP
    v := parts[2 * i];
    IF v IS NULL THEN
      IF absent THEN CONTINUE; END IF;
      v := 'null';
    END IF;
    r := r || CASE WHEN r = '' THEN '' ELSE ',' END || to_json(COALESCE(parts[2 * i - 1], ''))::text || ':' || v;
  END LOOP;
  RETURN '{' || r || '}';
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_array(parts text[], absent boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT '[' || COALESCE(string_agg(COALESCE(p, 'null'), ',' ORDER BY n), '') || ']'
    FROM unnest(parts) WITH ORDINALITY AS u(p, n) WHERE p IS NOT NULL OR NOT absent
$$
--;
CREATE OR REPLACE FUNCTION ora.json_checked(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF NOT pg_input_is_valid(t, 'json') THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-40441: JSON syntax error';
  END IF;
  RETURN t;
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_fit(t text, size int, characters boolean, strict_error boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF (CASE WHEN characters THEN length(t) ELSE octet_length(t) END) <= size THEN RETURN t; END IF;
  IF strict_error THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-40478: output value too large (maximum: ' || size || ')';
  END IF;
  RETURN NULL;
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_fit(t text, size int) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.json_fit(t, size, false, true) $$
--;
CREATE OR REPLACE FUNCTION ora.json_compact(t text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.regexp_replace(t, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')
$$
--;
-- The items a path selects, with their ordinal; lax: arrays are unwrapped before a name, a single
-- value counts as an array of one.
CREATE OR REPLACE FUNCTION ora.json_has(doc text, steps text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT EXISTS (SELECT 1 FROM ora.json_rows(doc, steps)) $$
--;
CREATE OR REPLACE FUNCTION ora.json_value(doc text, steps text[], strict_error boolean, strict_empty boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE items text[]; j json; message text;
BEGIN
  IF doc IS NULL THEN RETURN NULL; END IF;
  IF NOT pg_input_is_valid(doc, 'json') THEN
    message := 'ORA-40441: JSON syntax error';
  ELSE
    SELECT array_agg(item ORDER BY n) INTO items FROM ora.json_rows(doc, steps);
    IF items IS NULL THEN
      IF strict_empty THEN
        RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-40462: JSON_VALUE evaluated to no value';
      END IF;
      RETURN NULL;
    END IF;
    IF array_length(items, 1) > 1 THEN
      message := 'ORA-40470: JSON_VALUE evaluated to multiple values';
    ELSE
      j := items[1]::json;
      CASE json_typeof(j)
        WHEN 'object' THEN message := 'ORA-40456: JSON_VALUE evaluated to non-scalar value';
        WHEN 'array' THEN message := 'ORA-40456: JSON_VALUE evaluated to non-scalar value';
        WHEN 'null' THEN RETURN NULL;
        ELSE RETURN NULLIF(j #>> '{}', '');
      END CASE;
    END IF;
  END IF;
  IF strict_error THEN RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = message; END IF;
  RETURN NULL;
END $$
--;
-- on_error and on_empty: 'ERROR', NULL, or the text that takes the place of the result.
CREATE OR REPLACE FUNCTION ora.json_query(doc text, steps text[], wrapper text, on_error text, on_empty text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE items text[]; message text;
BEGIN
  IF doc IS NULL THEN RETURN NULL; END IF;
  IF NOT pg_input_is_valid(doc, 'json') THEN
    message := 'ORA-40441: JSON syntax error';
  ELSE
    SELECT array_agg(ora.json_compact(item) ORDER BY n) INTO items FROM ora.json_rows(doc, steps);
    IF items IS NULL THEN
      IF on_empty = 'ERROR' THEN
        RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-40462: JSON_QUERY evaluated to no value';
      END IF;
      RETURN on_empty;
    ELSIF wrapper = 'WITH' OR (wrapper = 'CONDITIONAL' AND (array_length(items, 1) > 1 OR items[1] !~ '^[{\[]')) THEN
      RETURN '[' || array_to_string(items, ',') || ']';
    ELSIF array_length(items, 1) > 1 OR items[1] !~ '^[{\[]' THEN
      message := 'ORA-40480: result cannot be returned without array wrapper';
    ELSE
      RETURN items[1];
    END IF;
  END IF;
  IF on_error = 'ERROR' THEN RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = message; END IF;
  RETURN on_error;
END $$
--;
-- What JSON_VALUE meets: NULL for a document that is NULL, else EMPTY, ERROR or VALUE (null included).
CREATE OR REPLACE FUNCTION ora.json_state(doc text, steps text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE items text[];
BEGIN
  IF doc IS NULL THEN RETURN NULL; END IF;
  IF NOT pg_input_is_valid(doc, 'json') THEN RETURN 'ERROR'; END IF;
  SELECT array_agg(item ORDER BY n) INTO items FROM ora.json_rows(doc, steps);
  RETURN CASE WHEN items IS NULL THEN 'EMPTY' WHEN array_length(items, 1) > 1 THEN 'ERROR'
    WHEN json_typeof(items[1]::json) = 'null' OR items[1]::json #>> '{}' = '' THEN 'NULL'
    WHEN json_typeof(items[1]::json) IN ('object', 'array') THEN 'ERROR' ELSE 'VALUE' END;
END $$
--;
-- Rows of JSON_TABLE under ERROR ON ERROR: bad JSON and a row path without match are errors.
CREATE OR REPLACE FUNCTION ora.json_rows_or_error(doc text, steps text[]) RETURNS TABLE (item text, n bigint)
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN QUERY SELECT r.item, r.n FROM ora.json_rows(ora.json_checked(doc), steps) AS r;
  IF NOT FOUND AND doc IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = 'ORA-40462: JSON_VALUE evaluated to no value';
  END IF;
END $$
--;
CREATE OR REPLACE FUNCTION ora.json_to_number(t text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN t ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$' THEN t::numeric END
$$
--;
CREATE OR REPLACE FUNCTION ora.json_to_timestamp(t text, strict_error boolean) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF t ~ '^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$' AND pg_input_is_valid(t, 'timestamptz') THEN
    IF t ~ '(Z|T.*[+-]\d{2}:?\d{2})$' THEN RETURN t::timestamptz AT TIME ZONE 'UTC'; END IF;
    RETURN t::timestamp;
  END IF;
  IF strict_error THEN PERFORM ora.date_fail(1861); END IF;
  RETURN NULL;
END $$
