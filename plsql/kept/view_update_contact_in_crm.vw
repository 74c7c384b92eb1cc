create or replace view view_update_contact_in_crm as
select 'ERP' as side,
       d.person_id,
       d.record_key,
       d.taxid,
       d.taxid as cnpj,
       d.name,
       d.email,
       d.phone,
       d.job_title,
       d.is_primary
  from (
          select v.person_id, v.record_key, v.taxid, upper(v.name) as name, v.email, v.phone,
                 upper(v.job_title) as job_title, v.is_primary
            from vw_crm_clients_contacts v
            join contacts c
              on c.id = v.person_id
           minus
          select c.id as person_id, v.record_key, v.taxid, upper(c.name) as name, lower(c.email) as email, c.phone,
                 upper(c.job_title) as job_title, c.is_primary
            from contacts c
            join vw_crm_clients_contacts v
              on v.person_id = c.id
       ) d
 union all
select 'CRM' as side,
       d.person_id,
       d.record_key,
       d.taxid,
       d.taxid as cnpj,
       d.name,
       d.email,
       d.phone,
       d.job_title,
       d.is_primary
  from (
          select c.id as person_id, v.record_key, v.taxid, upper(c.name) as name, lower(c.email) as email, c.phone,
                 upper(c.job_title) as job_title, c.is_primary
            from contacts c
            join vw_crm_clients_contacts v
              on v.person_id = c.id
           minus
          select v.person_id, v.record_key, v.taxid, upper(v.name) as name, v.email, v.phone,
                 upper(v.job_title) as job_title, v.is_primary
            from vw_crm_clients_contacts v
            join contacts c
              on c.id = v.person_id
       ) d
/
comment on table view_update_contact_in_crm is
   'Mirrored persons on which the ERP and CONTACTS differ, accents counting and case not: two rows each, one per side'
/
