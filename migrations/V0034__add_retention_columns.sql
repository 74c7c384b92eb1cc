-- V0034__add_retention_columns
-- Why:    retention finds what is due by an index, and what merge, conflicts and mirror keep of persons ends.
-- Breaks: no; the columns have defaults
-- Undo:   alter table crm_outbox_events drop (is_emptied); alter table crm_inbox_events drop (is_emptied);
--         alter table crm_operator_audit drop (is_emptied); alter table crm_records drop (left_on);
--         drop the other indexes; delete from crm_settings where name in ('retention_decision_days',
--         'retention_ended_days')

alter table crm_outbox_events add (
   is_emptied char(1 char) default 'N' not null,
   constraint crm_outbox_events_is_emptied_ck check (is_emptied in ('S', 'N'))
)
/
comment on column crm_outbox_events.is_emptied is
   'S = documents and details were taken away, because of their age or on request'
/
-- settled work that still holds data, and that does not: each by age
create index crm_outbox_events_settled_idx on crm_outbox_events (is_emptied, settled_on)
/
alter table crm_inbox_events add (
   is_emptied char(1 char) default 'N' not null,
   constraint crm_inbox_events_is_emptied_ck check (is_emptied in ('S', 'N'))
)
/
comment on column crm_inbox_events.is_emptied is
   'S = body and details were taken away, because of their age or on request'
/
create index crm_inbox_events_settled_idx on crm_inbox_events (is_emptied, settled_on)
/
create index crm_inbox_events_record_idx on crm_inbox_events (record_key, status)
/
alter table crm_operator_audit add (
   is_emptied char(1 char) default 'N' not null,
   constraint crm_operator_audit_is_emptied_ck check (is_emptied in ('S', 'N'))
)
/
comment on column crm_operator_audit.is_emptied is 'S = the body that was replaced was taken away'
/
create index crm_operator_audit_done_on_idx on crm_operator_audit (is_emptied, done_on)
/
alter table crm_records add (
   left_on timestamp(6) with time zone
)
/
comment on column crm_records.left_on is 'When the branch left: since then left_image is kept'
/
update crm_records r
   set r.left_on = coalesce(r.agreed_on, r.created_on)
 where r.left_image is not null
   and r.left_on is null
/
commit
/
create index crm_records_left_on_idx on crm_records (left_on)
/
create index leads_ended_on_idx on leads (ended_on)
/
create index contacts_ended_on_idx on contacts (ended_on)
/
create index crm_merge_audit_decided_on_idx on crm_merge_audit (decided_on)
/
create index crm_conflicts_resolved_on_idx on crm_conflicts (resolved_on)
/
create index crm_capture_gaps_repaired_on_idx on crm_capture_gaps (repaired_on)
/
merge into crm_settings tgt
using (
         select 'retention_decision_days' as name,
                '90' as value,
                'Days after which decisions of the merge and resolved conflicts are deleted' as description
           from dual
          union all
         select 'retention_ended_days',
                '365',
                'Days after which ended rows of LEADS and CONTACTS and images of branches that left are deleted'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, src.value, src.description)
/
commit
/
