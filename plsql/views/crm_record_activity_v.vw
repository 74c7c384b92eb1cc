create or replace view crm_record_activity_v as
select r.record_key,
       r.crm_id,
       case when r.lease_owner is not null then 'S' else 'N' end as is_leased,
       case
          when r.doubtful_fields is not null
            or exists (
                  select null
                    from crm_outbox_events e
                   where e.record_key = r.record_key
                     and e.status in ('READY', 'INFLIGHT')
               )
            or exists (
                  select null
                    from crm_inbox_events i
                   where i.crm_id = r.crm_id
                     and i.status in ('READY', 'INFLIGHT')
               )
          then 'S'
          else 'N'
       end as is_waiting,
       greatest(
          coalesce(r.agreed_on, r.created_on),
          coalesce(
             (
                select max(e.settled_on)
                  from crm_outbox_events e
                 where e.record_key = r.record_key
             ),
             r.created_on
          ),
          coalesce(
             (
                select max(i.settled_on)
                  from crm_inbox_events i
                 where i.crm_id = r.crm_id
             ),
             r.created_on
          )
       ) as last_activity_on
  from crm_records r
/
comment on table crm_record_activity_v is
   'Whether the live flow is at work on each record, and when it was last'
/
