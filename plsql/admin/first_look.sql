-- To be run once on the first real database, after the deployment: what could not be seen on the stand-in.
-- Prints PASS or FAIL for each; an error message in between is a FAIL too. Changes nothing that stays: each check ends
-- with a rollback, and what it locks (one row of crm_settings, one branch) is free again a moment later.
-- Connected as an administrator, in SQL*Plus or SQLcl with NLS_LANG=.AL32UTF8:
--   alter session set current_schema = CRM_SYNC
--   @first_look.sql
-- docs/oracle-differences.md says why each is here and what to do when it fails.

set define off
set feedback off
set serveroutput on size unlimited
whenever sqlerror continue rollback

prompt release, character set

declare
   l_version varchar2(64 char);
   l_charset varchar2(64 char);
begin
   select max(p.version)
     into l_version
     from product_component_version p
    where p.product like 'Oracle Database%';
   sys.dbms_output.put_line(
      case when to_number(regexp_substr(l_version, '^\d+')) >= 19 then 'PASS' else 'FAIL' end
      || ' release: ' || l_version
   );
   select max(n.value)
     into l_charset
     from nls_database_parameters n
    where n.parameter = 'NLS_CHARACTERSET';
   sys.dbms_output.put_line(
      case when l_charset = 'AL32UTF8' then 'PASS' else 'FAIL' end || ' character set: ' || l_charset
   );
end;
/

prompt what is deployed is whole

declare
   co_owner   constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_invalid  varchar2(2000 char);
   l_disabled varchar2(2000 char);
   l_stopped  varchar2(2000 char);
   l_jobs     pls_integer;
begin
   select listagg(o.object_type || ' ' || o.object_name, ', ') within group (order by o.object_name)
     into l_invalid
     from all_objects o
    where o.owner = co_owner
      and o.status = 'INVALID';
   sys.dbms_output.put_line(case when l_invalid is null then 'PASS' else 'FAIL' end || ' valid objects: ' || l_invalid);
   select listagg(t.trigger_name, ', ') within group (order by t.trigger_name)
     into l_disabled
     from all_triggers t
    where t.owner = co_owner
      and t.status = 'DISABLED';
   sys.dbms_output.put_line(
      case when l_disabled is null then 'PASS' else 'FAIL' end || ' enabled triggers: ' || l_disabled
   );
   select listagg(q.name, ', ') within group (order by q.name)
     into l_stopped
     from all_queues q
    where q.owner = co_owner
      and q.name in ('CRM_CHANGE_Q', 'CRM_INBOX_Q')
      and (trim(q.enqueue_enabled) <> 'YES' or trim(q.dequeue_enabled) <> 'YES');
   sys.dbms_output.put_line(
      case when l_stopped is null then 'PASS' else 'FAIL' end || ' running queues: ' || l_stopped
   );
   select count(*)
     into l_jobs
     from all_scheduler_jobs j
    where j.owner = co_owner
      and j.enabled = 'TRUE';
   sys.dbms_output.put_line(case when l_jobs > 0 then 'PASS' else 'FAIL' end || ' scheduled jobs: ' || l_jobs);
end;
/

prompt text and hashes

declare
   co_text constant varchar2(20 char) := 'S' || to_char(unistr('\00E3')) || 'o Paulo';
   l_bytes varchar2(40 char);
   l_hash  varchar2(64 char);
   l_typed varchar2(20 char) := 'São Paulo';
begin
   l_bytes := rawtohex(sys.utl_i18n.string_to_raw(data => co_text, dst_charset => 'AL32UTF8'));
   sys.dbms_output.put_line(
      case when l_bytes = '53C3A36F205061756C6F' then 'PASS' else 'FAIL' end || ' UTF-8 bytes: ' || l_bytes
   );
   sys.dbms_output.put_line(
      case when l_typed = co_text then 'PASS' else 'FAIL' end || ' NLS_LANG of this client: ' || l_typed
   );
   select lower(rawtohex(standard_hash(hextoraw('53C3A36F205061756C6F'), 'SHA256')))
     into l_hash
     from dual;
   sys.dbms_output.put_line(
      case
         when l_hash = 'f00fd81daee53caeb98c10457637170f397caf1a97e48e0d2bdcb4cc2639faa4' then 'PASS'
         else 'FAIL'
      end || ' SHA-256: ' || l_hash
   );
end;
/

prompt documents

declare
   l_array  json_array_t;
   l_object json_object_t;
   l_absent varchar2(10 char);
   l_text   varchar2(100 char);
   l_rows   pls_integer;
begin
   select count(*), max(j.absent)
     into l_rows, l_absent
     from json_table(
             '[{"step":"a"},{"step":"b","sent":null}]', '$[*]'
             columns (
                step   varchar2(10 char) path '$.step' null on empty,
                absent varchar2(10 char) path '$.absent' null on empty
             )
          ) j;
   sys.dbms_output.put_line(
      case when l_rows = 2 and l_absent is null then 'PASS' else 'FAIL' end || ' absent field: ' || l_rows || ' rows'
   );
   l_array := json_array_t.parse('[{"id":1064,"name":"x"}]');
   l_object := treat(l_array.get(0) as json_object_t);
   sys.dbms_output.put_line(
      case when l_object.get_number('id') = 1064 then 'PASS' else 'FAIL' end || ' number of a document'
   );
   l_object := json_object_t.parse('{"whole":1064,"parts":12.5,"large":790000000000000001,"flag":true,"none":null}');
   l_text := crm_fields.text_of(l_object, 'whole')
             || ' ' || crm_fields.text_of(l_object, 'parts')
             || ' ' || crm_fields.text_of(l_object, 'large')
             || ' ' || crm_fields.text_of(l_object, 'flag')
             || crm_fields.text_of(l_object, 'none');
   sys.dbms_output.put_line(
      case when l_text = '1064 12.5 790000000000000001 true' then 'PASS' else 'FAIL' end
      || ' text of JSON numbers: ' || l_text
   );
end;
/

prompt locks

declare
   l_seen   pls_integer;
   l_locked varchar2(128 char);

   -- A transaction of its own, which meets the lock of the outer one as another session would.
   function rows_not_locked(in_name in varchar2) return pls_integer
   is
      pragma autonomous_transaction;
      cursor c_free is
         select s.name
           from crm_settings s
          where s.name = in_name
            for update skip locked;
      l_name  varchar2(128 char);
      l_count pls_integer := 0;
   begin
      open c_free;
      fetch c_free
       into l_name;
      if c_free%found then
         l_count := 1;
      end if;
      close c_free;
      rollback;
      return l_count;
   end rows_not_locked;
begin
   select min(s.name)
     into l_locked
     from crm_settings s;
   update crm_settings s
      set s.value = s.value
    where s.name = l_locked;
   l_seen := rows_not_locked(in_name => l_locked);
   rollback;
   sys.dbms_output.put_line(case when l_seen = 0 then 'PASS' else 'FAIL' end || ' SKIP LOCKED leaves out a locked row');
   sys.dbms_output.put_line(
      case when rows_not_locked(in_name => l_locked) = 1 then 'PASS' else 'FAIL' end || ' and finds it when it is free'
   );
end;
/

prompt queues

declare
   l_enqueue    sys.dbms_aq.enqueue_options_t;
   l_properties sys.dbms_aq.message_properties_t;
   l_message_id raw(16);
begin
   sys.dbms_aq.enqueue(
      queue_name         => sys_context('USERENV', 'CURRENT_SCHEMA') || '.CRM_CHANGE_Q',
      enqueue_options    => l_enqueue,
      message_properties => l_properties,
      payload            => sys.utl_raw.cast_to_raw('first look'),
      msgid              => l_message_id
   );
   rollback;
   sys.dbms_output.put_line(
      case when l_message_id is not null then 'PASS' else 'FAIL' end || ' a message is enqueued; the rollback takes it'
   );
end;
/

prompt capture

declare
   l_client erp.branches.client_code%type;
   l_branch erp.branches.code%type;
   l_before pls_integer;
   l_after  pls_integer;
   l_gaps   pls_integer;
begin
   select max(b.client_code), max(b.code) keep (dense_rank last order by b.client_code)
     into l_client, l_branch
     from erp.branches b
    where b.integrate_crm = 'S';
   select count(*)
     into l_before
     from crm_outbox_events e
    where e.record_key = l_client || '-' || l_branch;
   select count(*)
     into l_gaps
     from crm_capture_gaps g;
   update erp.branches b
      set b.address_complement = substr('first look ' || b.address_complement, 1, 20)
    where b.client_code = l_client
      and b.code = l_branch;
   select count(*)
     into l_after
     from crm_outbox_events e
    where e.record_key = l_client || '-' || l_branch;
   rollback;
   sys.dbms_output.put_line(
      case when l_after = l_before + 1 then 'PASS' else 'FAIL' end
      || ' an edit of branch ' || l_client || '-' || l_branch || ' is captured in its transaction'
   );
   select count(*)
     into l_before
     from crm_outbox_events e
    where e.record_key = l_client || '-' || l_branch;
   sys.dbms_output.put_line(
      case when l_before = l_after - 1 then 'PASS' else 'FAIL' end || ' and gone with its rollback'
   );
   -- gaps are kept by a transaction of their own, so that one would have outlived the rollback
   select count(*) - l_gaps
     into l_gaps
     from crm_capture_gaps g;
   sys.dbms_output.put_line(case when l_gaps = 0 then 'PASS' else 'FAIL' end || ' no gap was kept: ' || l_gaps);
end;
/

prompt rights

declare
   l_too_much varchar2(2000 char);
begin
   select listagg(p.privilege || ' on ' || p.table_name, ', ') within group (order by p.table_name)
     into l_too_much
     from dba_tab_privs p
    where p.grantee = 'CRM_BRIDGE'
      and p.owner not in ('SYS', sys_context('USERENV', 'CURRENT_SCHEMA'));
   sys.dbms_output.put_line(
      case when l_too_much is null then 'PASS' else 'FAIL' end || ' CRM_BRIDGE has no right on the ERP: ' || l_too_much
   );
   select listagg(p.privilege, ', ') within group (order by p.privilege)
     into l_too_much
     from dba_sys_privs p
    where p.grantee in ('CRM_BRIDGE', 'CRM_SYNC')
      and p.privilege like '%ANY%';
   sys.dbms_output.put_line(
      case when l_too_much is null then 'PASS' else 'FAIL' end || ' no ANY privilege: ' || l_too_much
   );
end;
/
