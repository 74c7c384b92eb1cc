create or replace view crm_contact_rows_v as
select c.contact_id,
       c.record_key,
       c.name,
       c.email,
       c.phone,
       c.job_title,
       c.is_primary
  from vw_crm_clients_contacts c
/
comment on table crm_contact_rows_v is 'Contacts of the branches that take part, as they are compared with the CRM'
/
