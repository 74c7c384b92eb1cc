create or replace view crm_outbox_backlog_v as
select e.status,
       e.origin,
       count(*) as events,
       count(distinct e.record_key) as records,
       min(e.created_on) as oldest_on,
       min(e.next_attempt_at) as next_attempt_at
  from crm_outbox_events e
 where e.status in ('READY', 'INFLIGHT')
 group by e.status, e.origin
/
comment on table crm_outbox_backlog_v is 'What waits to be sent, by state and origin'
/
