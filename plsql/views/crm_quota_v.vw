create or replace view crm_quota_v as
select q.quota_name,
       (
          select count(*)
            from crm_quota_slots s
           where s.quota_name = q.quota_name
             and s.held_until > systimestamp
       ) as calls_held,
       case when q.paused_until > systimestamp then q.paused_until end as paused_until,
       case when q.paused_until > systimestamp then q.pause_reason end as pause_reason,
       case when q.paused_until > systimestamp then q.paused_by end as paused_by,
       q.refused_on,
       q.refused_status,
       q.refused_by,
       q.probe_on,
       q.day_on,
       q.day_spent
  from crm_quota q
/
comment on table crm_quota_v is 'The budget of calls to the CRM: pause, refusal, calls of the day'
/
