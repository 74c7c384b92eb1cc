-- Run once by the DBA of the ERP: everything that the integration may do with its tables. Nothing else is granted.
-- With grant option where a view on the table is shown to CRM_BRIDGE (ORA-01720 otherwise).

grant select on erp.branches to crm_sync with grant option
/
grant select on erp.clients to crm_sync with grant option
/
grant select on erp.cities to crm_sync with grant option
/
grant select on erp.industries to crm_sync with grant option
/
grant select on erp.credit_limit_history to crm_sync with grant option
/
grant select on erp.sales_reps to crm_sync
/
grant select on erp.contacts to crm_sync with grant option
/
grant select on erp.contact_job_titles to crm_sync with grant option
/
grant select on erp.budgets to crm_sync with grant option
/
grant select on erp.budget_items to crm_sync with grant option
/
grant select on erp.budget_deliveries to crm_sync with grant option
/
grant select on erp.sales_orders to crm_sync with grant option
/
grant select on erp.sales_order_items to crm_sync with grant option
/
grant select on erp.sales_order_deliveries to crm_sync with grant option
/
-- Persons of the CRM become contacts; none is ever deleted.
grant update (name, email, phone, job_title, job_title_id, is_primary, id_crm, updated_on) on erp.contacts to crm_sync
/
grant insert (client_code, branch_code, name, email, phone, job_title, is_primary, id_crm, updated_on)
   on erp.contacts to crm_sync
/
grant update (sales_rep, phone, industry_id, id_crm, integrate_crm, updated_on) on erp.branches to crm_sync
/
grant insert (client_code, branch_code, changed_on, credit_limit, financial_analysis)
   on erp.credit_limit_history to crm_sync
/
-- An industry of the CRM that the ERP does not have; the route POST /mercados adds it.
grant select on erp.industries_id_seq to crm_sync
/
grant insert (id, description) on erp.industries to crm_sync
/
-- A lead that was converted in the CRM becomes a client.
grant select on erp.clients_code_seq to crm_sync
/
grant insert (code, name, person_type) on erp.clients to crm_sync
/
grant insert (
      client_code, code, taxid, tax_registration, address_street, address_number, address_complement, address_district,
      address_zipcode, city_id, phone, sales_rep, industry_id, integrate_crm, id_crm, updated_on
   )
   on erp.branches to crm_sync
/
grant insert on erp.billing_addresses to crm_sync
/
grant insert on erp.sales_rep_branches to crm_sync
/
grant insert on erp.client_industries to crm_sync
/
