create or replace view vw_crm_clients_contacts as
select c.record_key,
       c.client_code,
       c.branch_code,
       c.taxid,
       c.crm_id,
       c.contact_id,
       c.person_id,
       trim(replace(compose(c.name), to_char(unistr('\00A0')), ' ')) as name,
       lower(trim(replace(c.email, to_char(unistr('\00A0')), ' '))) as email,
       -- no trunk zero, but 0800 numbers keep theirs
       case when c.phone like '0%' and c.phone not like '0800%' then ltrim(c.phone, '0') else c.phone end as phone,
       trim(replace(compose(c.job_title), to_char(unistr('\00A0')), ' ')) as job_title,
       c.is_primary
  from (
          select b.client_code || '-' || b.code as record_key,
                 b.client_code,
                 b.code as branch_code,
                 b.taxid,
                 b.id_crm as crm_id,
                 k.id as contact_id,
                 k.id_crm as person_id,
                 k.name,
                 k.email,
                 -- digits only, without country codes and carrier; never shorter than a number with its area code
                 regexp_replace(
                    regexp_replace(regexp_replace(k.phone, '[^0-9]'), '^(0*55)+([0-9]{10,})$', '\2'),
                    '^0[0-9]{2}([0-9]{10,11})$',
                    '\1'
                 ) as phone,
                 coalesce(k.job_title, t.description) as job_title,
                 k.is_primary
            from erp.contacts k
            join erp.branches b
              on b.client_code = k.client_code
             and b.code = k.branch_code
            left join erp.contact_job_titles t
              on t.id = k.job_title_id
           where b.integrate_crm = 'S'
       ) c
/
comment on table vw_crm_clients_contacts is
   'Contacts of the branches that take part, one row each, in the form in which the CRM holds them'
/
