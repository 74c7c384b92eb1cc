create or replace view vw_crm_clients_contacts as
select b.client_code || '-' || b.code as record_key,
       b.client_code,
       b.code as branch_code,
       b.taxid,
       b.id_crm as crm_id,
       c.id as contact_id,
       c.id_crm as person_id,
       trim(replace(c.name, unistr('\00a0'), ' ')) as name,
       lower(trim(c.email)) as email,
       regexp_replace(c.phone, '[^0-9]') as phone,
       coalesce(trim(replace(c.job_title, unistr('\00a0'), ' ')), t.description) as job_title,
       c.is_primary
  from erp.contacts c
  join erp.branches b
    on b.client_code = c.client_code
   and b.code = c.branch_code
  left join erp.contact_job_titles t
    on t.id = c.job_title_id
 where b.integrate_crm = 'S'
/
comment on table vw_crm_clients_contacts is
   'Contacts of the branches that take part, one row each, in the form in which the CRM holds them'
/
