create or replace view crm_status_v as
select 'outbox_pending' as metric,
       count(*) as value
  from (
          select null
            from crm_outbox_events e
           where e.status = 'READY'
             and rownum <= 100000
       )
 union all
select 'outbox_oldest_age_seconds',
       round(coalesce(
          (
             cast(sys_extract_utc(systimestamp) as date)
             - (
                  select cast(sys_extract_utc(min(o.created_on)) as date)
                    from crm_outbox_events o
                   where o.event_id in (
                            (select min(r.event_id) from crm_outbox_events r where r.status = 'READY'),
                            (select min(f.event_id) from crm_outbox_events f where f.status = 'INFLIGHT')
                         )
               )
          ) * 86400,
          0
       ))
  from sys.dual
 union all
select 'outbox_inflight',
       count(*)
  from (
          select null
            from crm_outbox_events e
           where e.status = 'INFLIGHT'
             and rownum <= 100000
       )
 union all
select 'outbox_parked',
       count(*)
  from (
          select null
            from crm_outbox_events e
           where e.status = 'PARKED'
             and rownum <= 100000
       )
 union all
select 'inbox_pending',
       count(*)
  from (
          select null
            from crm_inbox_events i
           where i.status = 'READY'
             and rownum <= 100000
           union all
          select null
            from crm_inbox_events i
           where i.status = 'INFLIGHT'
             and rownum <= 100000
       )
 union all
select 'inbox_oldest_age_seconds',
       round(coalesce(
          (
             cast(sys_extract_utc(systimestamp) as date)
             - (
                  select cast(sys_extract_utc(min(o.received_on)) as date)
                    from crm_inbox_events o
                   where o.inbox_id in (
                            (select min(r.inbox_id) from crm_inbox_events r where r.status = 'READY'),
                            (select min(f.inbox_id) from crm_inbox_events f where f.status = 'INFLIGHT')
                         )
               )
          ) * 86400,
          0
       ))
  from sys.dual
 union all
select 'inbox_parked',
       count(*)
  from (
          select null
            from crm_inbox_events i
           where i.status = 'PARKED'
             and rownum <= 100000
       )
 union all
select 'capture_gaps_open',
       count(*)
  from crm_capture_gaps g
 where g.status = 'OPEN'
 union all
-- what takes a look at whole tables, or at the owner's dictionary, is counted by jobs
select n.metric,
       coalesce(f.value, 0)
  from (
          select 'records_total' as metric from sys.dual
           union all
          select 'records_agreed' from sys.dual
           union all
          select 'capture_triggers_missing' from sys.dual
           union all
          select 'capture_triggers_off' from sys.dual
           union all
          select 'capture_triggers_invalid' from sys.dual
       ) n
  left join crm_figures f
    on f.metric = n.metric
 union all
select 'wakeups_given_up',
       (
          select count(*)
            from aq$crm_change_qt m
           where m.msg_state = 'EXPIRED'
       )
       + (
            select count(*)
              from aq$crm_inbox_qt m
             where m.msg_state = 'EXPIRED'
         )
  from sys.dual
 union all
select 'steps_switched_off',
       count(*)
  from crm_settings s
 where s.name = 'send_steps'
   and s.value <> 'S'
 union all
select 'budget_product_missing',
       count(*)
  from crm_settings s
 where s.name = 'send_steps'
   and s.value = 'S'
   and not exists (
          select null
            from crm_step_products_v p
           where p.step = 'budget'
       )
 union all
select 'sale_product_missing',
       count(*)
  from crm_settings s
 where s.name = 'send_steps'
   and s.value = 'S'
   and not exists (
          select null
            from crm_step_products_v p
           where p.step = 'sale'
        )
 union all
select 'proven_24h_percent',
       h.proven_percent
  from crm_convergence_history h
 where h.taken_on = (
          select max(l.taken_on)
            from crm_convergence_history l
       )
 union all
select 'oldest_unproven_seconds',
       h.oldest_seconds
  from crm_convergence_history h
 where h.taken_on = (
          select max(l.taken_on)
            from crm_convergence_history l
       )
 union all
select 'records_substituted',
       count(*)
  from crm_records r
 where r.substitutes is not null
/
comment on table crm_status_v is 'Numbers that are watched; of a state at most 100000 rows are counted'
/
