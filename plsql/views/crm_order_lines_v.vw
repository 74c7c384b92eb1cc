create or replace view crm_order_lines_v as
select o.client_code,
       o.branch_code,
       trunc(d.deliver_on) as deliver_on,
       d.quantity / 1000 * coalesce(nullif(i.negotiated_price, 0), i.list_price) as line_value
  from erp.sales_orders o
  join erp.sales_order_items i
    on i.order_id = o.id
  join erp.sales_order_deliveries d
    on d.order_id = i.order_id
   and d.item = i.item
 where o.status <> 'C'
/
comment on table crm_order_lines_v is
   'Deliveries of orders that are not cancelled, with their value; prices per thousand units'
/
