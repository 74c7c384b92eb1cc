create or replace view crm_record_values_v as
select l.client_code,
       l.branch_code,
       round(sum(l.budget_value), 2) as budget_value,
       round(sum(l.order_value), 2) as order_value
  from (
          select b.client_code, b.branch_code, b.line_value as budget_value, null as order_value
            from crm_budget_lines_v b
           where b.deliver_on between trunc(sysdate) and trunc(sysdate) + 365
          union all
          select o.client_code, o.branch_code, null as budget_value, o.line_value as order_value
            from crm_order_lines_v o
           where o.deliver_on between trunc(sysdate) and trunc(sysdate) + 365
       ) l
 group by l.client_code, l.branch_code
/
comment on table crm_record_values_v is
   'Value of quotations and orders of each branch: deliveries from today, whole days, for 365 days'
/
