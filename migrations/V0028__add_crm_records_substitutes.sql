-- V0028__add_crm_records_substitutes
-- Why:    what the CRM got in the place of a value that it does not know; a fuse for records that go round and round.
-- Breaks: no
-- Undo:   alter table crm_records drop (substitutes, is_applied, loop_count, loop_since);
--         delete from crm_settings where name in ('loop_deliveries', 'loop_minutes')

alter table crm_records add (
   substitutes varchar2(1000 char),
   is_applied  char(1 char) default 'N' not null,
   loop_count  number(9) default 0 not null,
   loop_since  timestamp(6) with time zone,
   constraint crm_records_substitutes_ck check (substitutes is json),
   constraint crm_records_is_applied_ck check (is_applied in ('S', 'N'))
)
/
create index crm_records_substitutes_idx on crm_records (substitutes)
/
comment on column crm_records.substitutes is
   'JSON: {"field":{"value":"as the ERP has it","sent":"as the CRM got it instead"}}; null = nothing was replaced'
/
comment on column crm_records.is_applied is 'S = a change from the CRM came in since the last delivery'
/
comment on column crm_records.loop_count is
   'Deliveries since loop_since that each followed a change from the CRM; crm_settings has the limit'
/
comment on column crm_records.loop_since is 'When the first of these deliveries was made'
/
merge into crm_settings tgt
using (
         select 'loop_deliveries' as name, '20' as value,
                'Deliveries of a record, each after a change from the CRM, that blow its fuse within loop_minutes'
                   as description
           from dual
          union all
         select 'loop_minutes', '10',
                'Minutes in which loop_deliveries deliveries of a record count as a loop'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, src.value, src.description)
/
commit
/
