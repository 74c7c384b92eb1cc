create or replace view crm_convergence_v as
select f.records_expected,
       f.records_proven,
       f.records_different,
       f.records_outside,
       case
          when f.records_expected = 0 then 100
          -- never rounded up: 100 means all of them
          else trunc(f.records_proven * 100 / f.records_expected, 2)
       end as proven_percent,
       f.oldest_seconds,
       f.oldest_record_key
  from (
          select count(case when s.is_expected = 'S' then 1 end) as records_expected,
                 count(case when s.state = 'EQUAL' and s.unproven_seconds <= 86400 then 1 end) as records_proven,
                 count(case when s.is_expected = 'S' and s.state = 'DIFFERENT' then 1 end) as records_different,
                 count(case when s.is_expected = 'N' then 1 end) as records_outside,
                 coalesce(max(case when s.is_expected = 'S' then s.unproven_seconds end), 0) as oldest_seconds,
                 max(s.record_key) keep (
                    dense_rank last order by case when s.is_expected = 'S' then s.unproven_seconds end nulls first
                 ) as oldest_record_key
            from (
                    select r.record_key,
                           p.state,
                           case when p.state = 'OUTSIDE' then 'N' else 'S' end as is_expected,
                           round((
                              cast(sys_extract_utc(systimestamp) as date)
                              - cast(sys_extract_utc(coalesce(p.proven_on, r.created_on)) as date)
                           ) * 86400) + case when p.proven_on is null then 86401 else 0 end as unproven_seconds
                      from crm_records r
                      join erp.branches b
                        on b.client_code = r.client_code
                       and b.code = r.branch_code
                       and b.integrate_crm = 'S'
                      left join crm_record_proofs p
                        on p.record_key = r.record_key
                     where not exists (
                              select null
                                from crm_forgotten_records f
                               where f.record_key = r.record_key
                           )
                 ) s
       ) f
/
comment on table crm_convergence_v is
   'How much is proven now: records seen equal on both sides within 24 hours, and not different since; and since
when the one proven longest ago is not. A record never proven counts as a day older than it is'
/
