create or replace view crm_contact_rows_v as
select v.record_key,
       v.contact_id,
       v.person_id,
       v.name,
       v.email,
       v.phone,
       v.job_title,
       v.is_primary,
       r.agreed_image,
       r.person_id as agreed_person_id
  from vw_crm_clients_contacts v
  left join crm_contact_records r
    on r.contact_id = v.contact_id
/
comment on table crm_contact_rows_v is 'vw_crm_clients_contacts with what was agreed on each contact'
/
