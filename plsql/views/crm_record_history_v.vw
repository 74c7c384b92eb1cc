create or replace view crm_record_history_v as
select e.record_key,
       r.crm_id,
       e.created_on as happened_on,
       1 as step_order,
       'ERP to CRM' as direction,
       case e.origin
          when 'CAPTURE' then 'changed in the ERP'
          else 'sending requested'
       end as happening,
       e.event_id as item_id,
       cast(null as number) as attempt,
       e.origin as outcome,
       cast(null as varchar2(128 char)) as actor,
       'version ' || e.version as detail
  from crm_outbox_events e
  left join crm_records r
    on r.record_key = e.record_key
 union all
select e.record_key,
       r.crm_id,
       a.started_on,
       2,
       'ERP to CRM',
       'claimed',
       e.event_id,
       a.attempt,
       null,
       a.worker_id,
       null
  from crm_outbox_attempts a
  join crm_outbox_events e
    on e.event_id = a.event_id
  left join crm_records r
    on r.record_key = e.record_key
 union all
select e.record_key,
       r.crm_id,
       a.ended_on,
       3,
       'ERP to CRM',
       'attempt ended',
       e.event_id,
       a.attempt,
       a.outcome,
       a.worker_id,
       substr(
          a.calls || ' calls'
          || case when a.http_status is not null then ', HTTP ' || a.http_status end
          || case when a.reason_class is not null then ', ' || a.reason_class end
          || case when a.detail is not null then ', ' || a.detail end,
          1,
          1000
       )
  from crm_outbox_attempts a
  join crm_outbox_events e
    on e.event_id = a.event_id
  left join crm_records r
    on r.record_key = e.record_key
 where a.ended_on is not null
 union all
select e.record_key,
       r.crm_id,
       e.settled_on,
       4,
       'ERP to CRM',
       'settled',
       e.event_id,
       null,
       e.status,
       null,
       coalesce(e.detail, case when e.status = 'DELIVERED' then 'fields ' || e.changed_fields end)
  from crm_outbox_events e
  left join crm_records r
    on r.record_key = e.record_key
 where e.settled_on is not null
 union all
select coalesce(i.record_key, r.record_key),
       i.crm_id,
       i.received_on,
       1,
       'CRM to ERP',
       'received from the CRM',
       i.inbox_id,
       null,
       i.event_type,
       i.source,
       i.arrivals || ' arrivals'
  from crm_inbox_events i
  left join crm_records r
    on r.crm_id = i.crm_id
 union all
select coalesce(i.record_key, r.record_key),
       i.crm_id,
       i.settled_on,
       4,
       'CRM to ERP',
       'settled',
       i.inbox_id,
       i.attempts,
       i.status,
       null,
       i.detail
  from crm_inbox_events i
  left join crm_records r
    on r.crm_id = i.crm_id
 where i.settled_on is not null
 union all
select o.record_key,
       o.crm_id,
       o.done_on,
       5,
       case o.kind
          when 'OUTBOX' then 'ERP to CRM'
          else 'CRM to ERP'
       end,
       'operator',
       o.item_id,
       null,
       o.action,
       o.done_by,
       o.reason
  from crm_operator_audit o
 union all
select a.record_key,
       r.crm_id,
       a.decided_on,
       3,
       'CRM to ERP',
       'merge decision',
       a.inbox_id,
       null,
       a.taken,
       a.decided_by,
       'field ' || a.field_name || ', policy ' || a.policy
  from crm_merge_audit a
  left join crm_records r
    on r.record_key = a.record_key
 union all
select c.record_key,
       r.crm_id,
       c.opened_on,
       3,
       'CRM to ERP',
       'conflict opened',
       c.inbox_id,
       null,
       c.status,
       null,
       'field ' || c.field_name
  from crm_conflicts c
  left join crm_records r
    on r.record_key = c.record_key
 union all
select z.record_key,
       null,
       z.done_on,
       6,
       'both',
       case z.action
          when 'FORGET' then 'its data was erased'
          else 'may take part again'
       end,
       z.erasure_id,
       null,
       z.action,
       z.done_by,
       z.reason
  from crm_erasures z
/
comment on table crm_record_history_v is
   'All that happened to a record, both directions; to be read by record_key in the order happened_on, step_order'
/
