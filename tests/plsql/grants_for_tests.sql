-- What the suites need beyond production: rows of their own in the ERP. Never run on a production database.

grant insert, update, delete on erp.clients to crm_sync
/
grant insert, update, delete on erp.branches to crm_sync
/
grant insert, update, delete on erp.credit_limit_history to crm_sync
/
grant insert, delete, select on erp.states to crm_sync
/
grant insert, delete on erp.cities to crm_sync
/
grant insert, delete on erp.industries to crm_sync
/
grant insert, delete on erp.sales_reps to crm_sync
/
grant insert, update, delete on erp.contacts to crm_sync
/
grant insert, update, delete on erp.budgets to crm_sync
/
grant insert, update, delete on erp.budget_items to crm_sync
/
grant insert, update, delete on erp.budget_deliveries to crm_sync
/
grant insert, update, delete on erp.sales_orders to crm_sync
/
grant insert, update, delete on erp.sales_order_items to crm_sync
/
grant insert, update, delete on erp.sales_order_deliveries to crm_sync
/
grant select on erp.billing_addresses to crm_sync
/
grant select on erp.sales_rep_branches to crm_sync
/
grant select on erp.client_industries to crm_sync
/
grant insert, delete on erp.contact_job_titles to crm_sync
/
