-- The dictionary's own tables. One row in VERSION, raised by every DDL, tells sessions to look what
-- has changed; raising it first also makes DDL statements of different sessions wait for each other.

CREATE SCHEMA ora_dict;

CREATE TABLE ora_dict.version (version bigint NOT NULL);
INSERT INTO ora_dict.version VALUES (1);

CREATE TABLE ora_dict.property (name text PRIMARY KEY, value text);

CREATE SEQUENCE ora_dict.user_ids START 100;
CREATE SEQUENCE ora_dict.object_ids START 20000;
CREATE SEQUENCE ora_dict.generated_names START 8000;
CREATE SEQUENCE ora_dict.session_ids START 10;

CREATE TABLE ora_dict.users (
   name text PRIMARY KEY, user_id bigint NOT NULL, salt bytea, key bytea, locked boolean NOT NULL DEFAULT false,
   default_tablespace text NOT NULL DEFAULT 'USERS', temporary_tablespace text NOT NULL DEFAULT 'TEMP',
   profile text NOT NULL DEFAULT 'DEFAULT', maintained boolean NOT NULL DEFAULT false,
   created timestamp(0) NOT NULL DEFAULT localtimestamp, locked_on timestamp(0),
   default_roles text NOT NULL DEFAULT 'ALL');
CREATE TABLE ora_dict.roles (name text PRIMARY KEY, maintained boolean NOT NULL DEFAULT false);
CREATE TABLE ora_dict.quotas (
   username text NOT NULL REFERENCES ora_dict.users ON DELETE CASCADE, tablespace text NOT NULL,
   max_bytes bigint NOT NULL, PRIMARY KEY (username, tablespace));
CREATE TABLE ora_dict.sys_grants (
   grantee text NOT NULL, privilege text NOT NULL, admin boolean NOT NULL DEFAULT false,
   PRIMARY KEY (grantee, privilege));
CREATE TABLE ora_dict.role_grants (
   grantee text NOT NULL, role text NOT NULL, admin boolean NOT NULL DEFAULT false,
   PRIMARY KEY (grantee, role));
CREATE TABLE ora_dict.obj_grants (
   grantee text NOT NULL, owner text NOT NULL, name text NOT NULL, privilege text NOT NULL,
   grantor text NOT NULL, grantable boolean NOT NULL DEFAULT false, columns text[],
   PRIMARY KEY (grantee, owner, name, privilege, grantor));
CREATE INDEX ON ora_dict.obj_grants (owner, name);

CREATE TABLE ora_dict.objects (
   owner text NOT NULL, name text NOT NULL, type text NOT NULL,
   object_id bigint NOT NULL DEFAULT nextval('ora_dict.object_ids'),
   status text NOT NULL DEFAULT 'VALID', authid text NOT NULL DEFAULT 'DEFINER',
   created timestamp(0) NOT NULL DEFAULT localtimestamp, last_ddl timestamp(0) NOT NULL DEFAULT localtimestamp,
   stamp timestamp NOT NULL DEFAULT clock_timestamp()::timestamp,
   temporary boolean NOT NULL DEFAULT false, generated boolean NOT NULL DEFAULT false,
   PRIMARY KEY (owner, name, type));

CREATE TABLE ora_dict.tables (
   owner text NOT NULL, name text NOT NULL, temporary boolean NOT NULL DEFAULT false,
   delete_on_commit boolean NOT NULL DEFAULT false, tablespace text, partitioned text, comment_text text,
   PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.views (
   owner text NOT NULL, name text NOT NULL, text text NOT NULL, read_only boolean NOT NULL DEFAULT false,
   check_option boolean NOT NULL DEFAULT false, aliases text[], comment_text text, PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.columns (
   owner text NOT NULL, table_name text NOT NULL, name text NOT NULL, position int NOT NULL,
   kind text NOT NULL, length int, char_semantics boolean NOT NULL DEFAULT false, precision int, scale int,
   type_name text[], nullable boolean NOT NULL DEFAULT true, default_text text, default_sql text,
   default_on_null boolean NOT NULL DEFAULT false, virtual_text text, virtual_sql text,
   identity text, identity_sequence text, hidden boolean NOT NULL DEFAULT false, comment_text text,
   PRIMARY KEY (owner, table_name, name));
CREATE TABLE ora_dict.constraints (
   owner text NOT NULL, name text NOT NULL, table_name text NOT NULL, kind text NOT NULL,
   columns text[] NOT NULL DEFAULT '{}', condition text, condition_sql text, r_owner text, r_name text,
   delete_rule text, enabled boolean NOT NULL DEFAULT true, is_deferrable boolean NOT NULL DEFAULT false,
   is_deferred boolean NOT NULL DEFAULT false, validated boolean NOT NULL DEFAULT true,
   generated boolean NOT NULL DEFAULT false, index_name text, last_change timestamp(0) NOT NULL DEFAULT localtimestamp,
   PRIMARY KEY (owner, name));
CREATE INDEX ON ora_dict.constraints (owner, table_name);
CREATE INDEX ON ora_dict.constraints (r_owner, r_name);
CREATE TABLE ora_dict.indexes (
   owner text NOT NULL, name text NOT NULL, table_owner text NOT NULL, table_name text NOT NULL,
   is_unique boolean NOT NULL, columns text[] NOT NULL, expressions boolean[] NOT NULL,
   descending boolean[] NOT NULL, visible boolean NOT NULL DEFAULT true, usable boolean NOT NULL DEFAULT true,
   generated boolean NOT NULL DEFAULT false, constraint_name text, bitmap boolean NOT NULL DEFAULT false,
   tablespace text, PRIMARY KEY (owner, name));
CREATE INDEX ON ora_dict.indexes (table_owner, table_name);
CREATE TABLE ora_dict.sequences (
   owner text NOT NULL, name text NOT NULL, minimum numeric NOT NULL, maximum numeric NOT NULL,
   increment numeric NOT NULL, cycle boolean NOT NULL, ordered boolean NOT NULL, cache numeric NOT NULL,
   PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.synonyms (
   owner text NOT NULL, name text NOT NULL, target_owner text NOT NULL, target text NOT NULL,
   PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.source (
   owner text NOT NULL, name text NOT NULL, type text NOT NULL, text text NOT NULL,
   PRIMARY KEY (owner, name, type));
CREATE TABLE ora_dict.errors (
   owner text NOT NULL, name text NOT NULL, type text NOT NULL, sequence int NOT NULL, line int NOT NULL,
   position int NOT NULL, text text NOT NULL, attribute text NOT NULL DEFAULT 'ERROR',
   message_number int NOT NULL DEFAULT 0, PRIMARY KEY (owner, name, type, sequence));
CREATE TABLE ora_dict.dependencies (
   owner text NOT NULL, name text NOT NULL, type text NOT NULL,
   r_owner text NOT NULL, r_name text NOT NULL, r_type text NOT NULL,
   PRIMARY KEY (owner, name, type, r_owner, r_name, r_type));
CREATE INDEX ON ora_dict.dependencies (r_owner, r_name);
CREATE TABLE ora_dict.triggers (
   owner text NOT NULL, name text NOT NULL, table_owner text NOT NULL, table_name text NOT NULL,
   timing text NOT NULL, for_each_row boolean NOT NULL, events text[] NOT NULL,
   update_columns text[] NOT NULL DEFAULT '{}', when_text text, enabled boolean NOT NULL DEFAULT true,
   follows text[] NOT NULL DEFAULT '{}', ordinal bigint NOT NULL DEFAULT nextval('ora_dict.object_ids'),
   PRIMARY KEY (owner, name));
CREATE INDEX ON ora_dict.triggers (table_owner, table_name);
CREATE TABLE ora_dict.queue_tables (
   owner text NOT NULL, name text NOT NULL, payload_type text NOT NULL, sort_list text NOT NULL,
   comment_text text, PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.queues (
   owner text NOT NULL, name text NOT NULL, queue_table text NOT NULL, queue_type text NOT NULL,
   enqueue_enabled text NOT NULL, dequeue_enabled text NOT NULL, max_retries numeric NOT NULL,
   retry_delay numeric NOT NULL, retention numeric NOT NULL, comment_text text,
   qid bigint NOT NULL DEFAULT nextval('ora_dict.object_ids'), PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.jobs (
   owner text NOT NULL, name text NOT NULL, job_type text NOT NULL, job_action text NOT NULL,
   start_date timestamptz, repeat_interval text, end_date timestamptz, enabled boolean NOT NULL DEFAULT false,
   auto_drop boolean NOT NULL DEFAULT true, state text NOT NULL DEFAULT 'DISABLED', comment_text text,
   run_count bigint NOT NULL DEFAULT 0, failure_count bigint NOT NULL DEFAULT 0, max_failures int, max_runs int,
   last_start_date timestamptz, last_run_duration interval, next_run_date timestamptz, arguments text[],
   job_class text NOT NULL DEFAULT 'DEFAULT_JOB_CLASS', attributes jsonb NOT NULL DEFAULT '{}',
   PRIMARY KEY (owner, name));
CREATE TABLE ora_dict.job_runs (
   log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, log_date timestamptz NOT NULL DEFAULT now(),
   owner text NOT NULL, job_name text NOT NULL, status text NOT NULL, error_number int, actual_start timestamptz,
   run_duration interval, additional_info text, errors text, output text);

CREATE UNLOGGED TABLE ora_dict.sessions (
   sid bigint PRIMARY KEY, serial bigint NOT NULL, username text NOT NULL, schemaname text NOT NULL,
   process int NOT NULL, backend int NOT NULL, program text, machine text, osuser text, terminal text,
   module text, action text, client_identifier text, client_info text,
   logon_time timestamp(0) NOT NULL DEFAULT localtimestamp);

-- What has changed, and in which transaction: a session keeps what it has read of the dictionary and
-- drops only what is named here by a transaction that its last look did not see. Written by triggers,
-- so that nobody who changes the dictionary can forget it; emptied when the server starts.
--   o  an object, its type, a synonym or a sequence     u  a PL/SQL unit, its status or source
--   r  the status of a trigger                          t  columns, constraints, indexes, triggers of a table
--   d  which temporary tables are emptied by a commit   g  what a user or role was granted (as owner)
--   n  which users there are
CREATE UNLOGGED TABLE ora_dict.changes (
   xid xid8 NOT NULL DEFAULT pg_current_xact_id(), kind "char" NOT NULL, owner text NOT NULL, name text NOT NULL,
   PRIMARY KEY (xid, kind, owner, name));

DO $$
DECLARE
   part record;
   columns text;
   insertion text;
   units text := $s$CASE WHEN %1$s.type = 'TRIGGER' THEN 'r' WHEN %1$s.type IN
      ('PACKAGE', 'PACKAGE BODY', 'PROCEDURE', 'FUNCTION', 'TYPE', 'TYPE BODY') THEN 'u' ELSE 'o' END$s$;
BEGIN
   FOR part IN SELECT * FROM (VALUES
      ('objects', 'objects', units, 'owner', 'name'),
      ('tables', 'tables', $s$'t'$s$, 'owner', 'name'),
      ('temporary', 'tables', $s$CASE WHEN %1$s.delete_on_commit THEN 'd' ELSE 't' END$s$, 'owner', 'name'),
      ('views', 'views', $s$'t'$s$, 'owner', 'name'),
      ('columns', 'columns', $s$'t'$s$, 'owner', 'table_name'),
      ('constraints', 'constraints', $s$'t'$s$, 'owner', 'table_name'),
      ('indexes', 'indexes', $s$'t'$s$, 'table_owner', 'table_name'),
      ('triggers', 'triggers', $s$'t'$s$, 'table_owner', 'table_name'),
      ('sequences', 'sequences', $s$'o'$s$, 'owner', 'name'),
      ('synonyms', 'synonyms', $s$'o'$s$, 'owner', 'name'),
      ('source', 'source', $s$'u'$s$, 'owner', 'name'),
      ('users', 'users', $s$'n'$s$, 'name', 'name'),
      ('sys_grants', 'sys_grants', $s$'g'$s$, 'grantee', 'grantee'),
      ('role_grants', 'role_grants', $s$'g'$s$, 'grantee', 'grantee'),
      ('obj_grants', 'obj_grants', $s$'g'$s$, 'grantee', 'grantee')) AS parts(key, relation, kind, owner, name)
   LOOP
      insertion := 'INSERT INTO ora_dict.changes (kind, owner, name) VALUES (' || part.kind
                   || ', %1$s.%2$I, %1$s.%3$I) ON CONFLICT DO NOTHING;';
      EXECUTE format(
         'CREATE FUNCTION ora_dict.%I() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN'
         ' IF TG_OP <> ''INSERT'' THEN %s END IF; IF TG_OP <> ''DELETE'' THEN %s END IF; RETURN NULL; END $f$',
         'note_' || part.key, format(insertion, 'OLD', part.owner, part.name),
         format(insertion, 'NEW', part.owner, part.name));
      -- a comment changes nothing that sessions keep
      SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
      WHERE attrelid = format('ora_dict.%I', part.relation)::regclass AND attnum > 0 AND attname <> 'comment_text';
      EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR DELETE OR UPDATE OF %s ON ora_dict.%I'
                     ' FOR EACH ROW EXECUTE FUNCTION ora_dict.%I()',
                     'note_' || part.key, columns, part.relation, 'note_' || part.key);
   END LOOP;
END $$;

-- Who asks: the user whose rights a query runs with; set on each connection.
CREATE FUNCTION ora_dict.me() RETURNS text STABLE LANGUAGE sql
AS $$ SELECT current_setting('ora.me', true) $$;

CREATE FUNCTION ora_dict.roles_of(who text) RETURNS SETOF text STABLE LANGUAGE sql AS $$
   WITH RECURSIVE held(role) AS (
      SELECT role FROM ora_dict.role_grants WHERE grantee IN (who, 'PUBLIC')
      UNION SELECT g.role FROM ora_dict.role_grants g JOIN held h ON g.grantee = h.role)
   SELECT role FROM held $$;

CREATE FUNCTION ora_dict.grantees() RETURNS text[] STABLE LANGUAGE sql AS $$
   SELECT array_agg(x) FROM (SELECT ora_dict.me() x UNION SELECT 'PUBLIC'
                             UNION SELECT ora_dict.roles_of(ora_dict.me())) g $$;

CREATE FUNCTION ora_dict.sees_all() RETURNS boolean STABLE LANGUAGE sql AS $$
   SELECT EXISTS (SELECT 1 FROM ora_dict.sys_grants WHERE grantee = ANY (ora_dict.grantees())
                  AND privilege IN ('SELECT ANY TABLE', 'SELECT ANY DICTIONARY')) $$;

-- The same of the objects of one owner: ANY privileges do not reach into SYS (Security Guide, "Restrictions on
-- System Privileges by Securing the Data Dictionary").
CREATE FUNCTION ora_dict.sees_all(who text) RETURNS boolean STABLE LANGUAGE sql AS $$
   SELECT EXISTS (SELECT 1 FROM ora_dict.sys_grants WHERE grantee = ANY (ora_dict.grantees())
                  AND (privilege = 'SELECT ANY DICTIONARY'
                       OR privilege = 'SELECT ANY TABLE' AND who <> 'SYS')) $$;

CREATE FUNCTION ora_dict.visible(who text, what text) RETURNS boolean STABLE LANGUAGE sql AS $$
   SELECT who = ora_dict.me() OR who = 'PUBLIC' OR EXISTS (
      SELECT 1 FROM ora_dict.obj_grants g
      WHERE g.owner = who AND g.name = what AND g.grantee = ANY (ora_dict.grantees())) $$;

CREATE FUNCTION ora_dict.next_number(who text, what text) RETURNS numeric STABLE LANGUAGE plpgsql AS $$
DECLARE
   last numeric;
   called boolean;
BEGIN
   EXECUTE format('SELECT last_value, is_called FROM %I.%I', who, what) INTO last, called;
   RETURN CASE WHEN called THEN
      last + (SELECT increment FROM ora_dict.sequences WHERE owner = who AND name = what) ELSE last END;
END $$;

-- Unique keys that can be checked at the end of a statement. PostgreSQL checks each row as it comes
-- unless the constraint is deferrable, and no foreign key may refer to one that is. So every unique
-- index gets the trigger that checks a deferrable key again, and stays one that checks at once until a
-- statement needs it otherwise (ora_dict.keys_wait).
CREATE FUNCTION ora_dict.keys_can_wait(which regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
   key oid;
   made name;
BEGIN
   FOR key IN
      SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE i.indrelid = which AND i.indisunique AND i.indimmediate AND c.relname LIKE 'i$%'
        AND NOT EXISTS (SELECT 1 FROM pg_trigger t
                        WHERE t.tgrelid = which AND t.tgconstrindid = i.indexrelid
                          AND t.tgname LIKE 'k$%')
   LOOP
      made := 'k$' || key;
      EXECUTE format(
         'CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE ON %s DEFERRABLE INITIALLY IMMEDIATE'
         ' FOR EACH ROW EXECUTE FUNCTION pg_catalog.unique_key_recheck()', made, which);
      UPDATE pg_trigger SET tgconstrindid = key WHERE tgrelid = which AND tgname = made;
      -- it goes when the index goes
      INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
      SELECT 'pg_trigger'::regclass, t.oid, 0, 'pg_class'::regclass, key, 0, 'a'
      FROM pg_trigger t WHERE t.tgrelid = which AND t.tgname = made;
   END LOOP;
END $$;

-- From now on, in this transaction only, the table's unique keys wait for the end of a statement, or
-- they do not; gives the names of the constraints that check them.
CREATE FUNCTION ora_dict.keys_wait(which regclass, waiting boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
   UPDATE pg_index i SET indimmediate = NOT waiting
   FROM pg_trigger t
   WHERE t.tgrelid = which AND t.tgname LIKE 'k$%' AND i.indexrelid = t.tgconstrindid;
   RETURN (SELECT string_agg(format('%I.%I', n.nspname, c.conname), ', ')
           FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
           WHERE c.conrelid = which AND c.conname LIKE 'k$%');
END $$;

-- TIMESTAMP WITH TIME ZONE: an instant, and the zone that shows it (an offset like +05:30, or a region).
-- It is compared, sorted, grouped and indexed by its instant. SQL Language Reference, "Datetime
-- Comparisons": values with time zones are compared by UTC.
CREATE SCHEMA ora;
CREATE TYPE ora.tstz AS (instant timestamptz, zone text);
CREATE FUNCTION ora.tstz_lt(a ora.tstz, b ora.tstz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT (a).instant < (b).instant $$;
CREATE FUNCTION ora.tstz_le(a ora.tstz, b ora.tstz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT (a).instant <= (b).instant $$;
CREATE FUNCTION ora.tstz_eq(a ora.tstz, b ora.tstz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT (a).instant = (b).instant $$;
CREATE FUNCTION ora.tstz_ne(a ora.tstz, b ora.tstz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT (a).instant <> (b).instant $$;
CREATE FUNCTION ora.tstz_ge(a ora.tstz, b ora.tstz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT (a).instant >= (b).instant $$;
CREATE FUNCTION ora.tstz_gt(a ora.tstz, b ora.tstz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT (a).instant > (b).instant $$;
CREATE FUNCTION ora.tstz_cmp(a ora.tstz, b ora.tstz) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT pg_catalog.timestamptz_cmp((a).instant, (b).instant) $$;
CREATE FUNCTION ora.tstz_hash(v ora.tstz) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT pg_catalog.timestamptz_hash((v).instant) $$;
CREATE FUNCTION ora.tstz_larger(a ora.tstz, b ora.tstz) RETURNS ora.tstz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT CASE WHEN (a).instant >= (b).instant THEN a ELSE b END $$;
CREATE FUNCTION ora.tstz_smaller(a ora.tstz, b ora.tstz) RETURNS ora.tstz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
   AS $$ SELECT CASE WHEN (a).instant <= (b).instant THEN a ELSE b END $$;
CREATE OPERATOR ora.< (LEFTARG = ora.tstz, RIGHTARG = ora.tstz, FUNCTION = ora.tstz_lt,
   COMMUTATOR = OPERATOR(ora.>), NEGATOR = OPERATOR(ora.>=));
CREATE OPERATOR ora.<= (LEFTARG = ora.tstz, RIGHTARG = ora.tstz, FUNCTION = ora.tstz_le,
   COMMUTATOR = OPERATOR(ora.>=), NEGATOR = OPERATOR(ora.>));
CREATE OPERATOR ora.= (LEFTARG = ora.tstz, RIGHTARG = ora.tstz, FUNCTION = ora.tstz_eq,
   COMMUTATOR = OPERATOR(ora.=), NEGATOR = OPERATOR(ora.<>), HASHES, MERGES);
CREATE OPERATOR ora.<> (LEFTARG = ora.tstz, RIGHTARG = ora.tstz, FUNCTION = ora.tstz_ne,
   COMMUTATOR = OPERATOR(ora.<>), NEGATOR = OPERATOR(ora.=));
CREATE OPERATOR ora.>= (LEFTARG = ora.tstz, RIGHTARG = ora.tstz, FUNCTION = ora.tstz_ge,
   COMMUTATOR = OPERATOR(ora.<=), NEGATOR = OPERATOR(ora.<));
CREATE OPERATOR ora.> (LEFTARG = ora.tstz, RIGHTARG = ora.tstz, FUNCTION = ora.tstz_gt,
   COMMUTATOR = OPERATOR(ora.<), NEGATOR = OPERATOR(ora.<=));
CREATE OPERATOR CLASS ora.tstz_ops DEFAULT FOR TYPE ora.tstz USING btree AS OPERATOR 1 ora.<, OPERATOR 2 ora.<=,
   OPERATOR 3 ora.=, OPERATOR 4 ora.>=, OPERATOR 5 ora.>, FUNCTION 1 ora.tstz_cmp(ora.tstz, ora.tstz);
CREATE OPERATOR CLASS ora.tstz_hash_ops DEFAULT FOR TYPE ora.tstz USING hash AS OPERATOR 1 ora.=,
   FUNCTION 1 ora.tstz_hash(ora.tstz);
CREATE AGGREGATE ora.max(ora.tstz) (SFUNC = ora.tstz_larger, STYPE = ora.tstz);
CREATE AGGREGATE ora.min(ora.tstz) (SFUNC = ora.tstz_smaller, STYPE = ora.tstz);
