create or replace view crm_budget_lines_v as
select b.client_code,
       b.branch_code,
       trunc(d.deliver_on) as deliver_on,
       d.min_quantity / 1000 * coalesce(nullif(i.negotiated_price, 0), i.list_price) as line_value
  from erp.budgets b
  join erp.budget_items i
    on i.budget_id = b.id
  join erp.budget_deliveries d
    on d.budget_id = i.budget_id
   and d.item = i.item
 where d.approved = 'S'
   and b.status <> 'R'
/
comment on table crm_budget_lines_v is
   'Approved deliveries of quotations that are not rejected, with their value: smallest quantity, prices per thousand. A
negotiated price that is empty or 0 gives way to the list price'
/
