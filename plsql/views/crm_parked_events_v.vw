create or replace view crm_parked_events_v as
select 'OUTBOX' as direction,
       e.event_id,
       e.record_key,
       r.crm_id,
       e.attempts,
       e.reason_class,
       e.detail,
       e.created_on,
       e.settled_on as parked_on
  from crm_outbox_events e
  left join crm_records r
    on r.record_key = e.record_key
 where e.status = 'PARKED'
 union all
select 'INBOX',
       i.inbox_id,
       i.record_key,
       i.crm_id,
       i.attempts,
       null,
       i.detail,
       i.received_on,
       i.settled_on
  from crm_inbox_events i
 where i.status = 'PARKED'
/
comment on table crm_parked_events_v is 'Changes and webhooks that need a person'
/
