create or replace view crm_contact_changes_v as
select s.client_code,
       s.branch_code,
       s.record_key,
       s.contact_id,
       s.person_id,
       s.is_primary,
       s.op,
       s.is_in_doubt,
       json_object(
          key 'step' value 'contact',
          key 'op' value s.op,
          key 'contact_id' value s.contact_id,
          key 'person_id' value s.person_id,
          key 'in_doubt' value case s.is_in_doubt when 'S' then 'true' else 'false' end format json,
          key 'fields' value json_object(
             key 'name' value s.name,
             key 'email' value s.email,
             key 'phone' value s.phone,
             key 'job_title' value s.job_title,
             key 'is_primary' value s.is_primary
             null on null
          ) format json,
          key 'changed' value json_array(
             case when s.is_name_changed = 'S' then 'name' end,
             case when s.is_email_changed = 'S' then 'email' end,
             case when s.is_phone_changed = 'S' then 'phone' end,
             case when s.is_job_title_changed = 'S' then 'job_title' end,
             case when s.is_primary_changed = 'S' then 'is_primary' end
             absent on null
          ) format json,
          -- what users of the CRM may win, as long as what they edit comes into the ERP
          key 'guarded' value (
             select json_arrayagg(p.field_name order by p.position)
               from crm_contact_policies p
              where p.policy = 'CRM'
                and exists (
                       select null
                         from crm_settings t
                        where t.name = 'take_contacts'
                          and t.value = 'S'
                    )
          ) format json
          null on null
       ) as step
  from (
          select c.client_code,
                 c.branch_code,
                 c.record_key,
                 c.contact_id,
                 coalesce(r.person_id, c.person_id) as person_id,
                 c.name,
                 c.email,
                 c.phone,
                 c.job_title,
                 c.is_primary,
                 case when coalesce(r.person_id, c.person_id) is null then 'add' else 'update' end as op,
                 coalesce(r.is_in_doubt, 'N') as is_in_doubt,
                 case
                    when r.agreed_image is null
                      or r.is_in_doubt = 'S' and coalesce(instr(r.doubtful_fields, '"name"'), 1) > 0
                      or decode(c.name, json_value(r.agreed_image, '$.name'), 0, 1) = 1 then 'S'
                 end as is_name_changed,
                 case
                    when r.agreed_image is null
                      or r.is_in_doubt = 'S' and coalesce(instr(r.doubtful_fields, '"email"'), 1) > 0
                      or decode(c.email, json_value(r.agreed_image, '$.email'), 0, 1) = 1 then 'S'
                 end as is_email_changed,
                 case
                    when r.agreed_image is null
                      or r.is_in_doubt = 'S' and coalesce(instr(r.doubtful_fields, '"phone"'), 1) > 0
                      or decode(c.phone, json_value(r.agreed_image, '$.phone'), 0, 1) = 1 then 'S'
                 end as is_phone_changed,
                 case
                    when r.agreed_image is null
                      or r.is_in_doubt = 'S' and coalesce(instr(r.doubtful_fields, '"job_title"'), 1) > 0
                      or decode(c.job_title, json_value(r.agreed_image, '$.job_title'), 0, 1) = 1 then 'S'
                 end as is_job_title_changed,
                 case
                    when r.agreed_image is null
                      or r.is_in_doubt = 'S' and coalesce(instr(r.doubtful_fields, '"is_primary"'), 1) > 0
                      or decode(c.is_primary, json_value(r.agreed_image, '$.is_primary'), 0, 1) = 1 then 'S'
                 end as is_primary_changed
            from vw_crm_clients_contacts c
            left join crm_contact_records r
              on r.contact_id = c.contact_id
             -- a contact that moved here is added once it is gone from its old lead
           where coalesce(r.record_key, c.record_key) = c.record_key
          union all
          select k.client_code,
                 k.branch_code,
                 k.record_key,
                 r.contact_id,
                 r.person_id,
                 json_value(r.agreed_image, '$.name') as name,
                 json_value(r.agreed_image, '$.email') as email,
                 json_value(r.agreed_image, '$.phone') as phone,
                 json_value(r.agreed_image, '$.job_title') as job_title,
                 json_value(r.agreed_image, '$.is_primary') as is_primary,
                 'remove' as op,
                 r.is_in_doubt,
                 null as is_name_changed,
                 null as is_email_changed,
                 null as is_phone_changed,
                 null as is_job_title_changed,
                 null as is_primary_changed
            from crm_contact_records r
            join crm_records k
              on k.record_key = r.record_key
           where not exists (
                    select null
                      from erp.contacts c
                     where c.id = r.contact_id
                       and c.client_code = k.client_code
                       and c.branch_code = k.branch_code
                 )
       ) s
 where s.op = 'remove'
    or coalesce(s.is_name_changed, s.is_email_changed, s.is_phone_changed, s.is_job_title_changed) = 'S'
    -- A contact whose person was removed in the CRM loses the flag when another person becomes the main one: that
    -- alone is no reason to add it again.
    or s.is_primary_changed = 'S' and (s.op = 'update' or s.is_in_doubt = 'S' or s.is_primary = 'S')
/
comment on table crm_contact_changes_v is
   'What would have to be sent for each contact now: the ERP against the agreed images; one JSON step each'
/
