create or replace view crm_record_changes_v as
select q.record_key,
       q.crm_id,
       q.fence_token,
       q.version,
       q.document,
       q.row_hash,
       q.agreed_image,
       case when q.client_code is not null then 'UPSERT' else 'REMOVE' end as operation,
       case when q.doubtful_fields is not null then 'S' else 'N' end as is_in_doubt,
       case
          when q.doubtful_fields is not null then 'N'
          when q.client_code is null and q.crm_id is null then 'S'
          when q.client_code is null and q.agreed_image is null then 'S'
          when q.steps is not null then 'N'
          when q.crm_id is not null and q.row_hash = q.agreed_hash then 'S'
          -- all that differs waits for a person
          when q.crm_id is not null and q.client_code is not null and q.resting_fields is not null
            and q.changed_fields = '[]' then 'S'
          else 'N'
       end as is_unchanged,
       q.changed_fields,
       coalesce(q.steps, to_clob('[]')) as steps
  from (
          select s.record_key,
                 s.crm_id,
                 s.fence_token,
                 s.version,
                 s.document,
                 s.row_hash,
                 s.agreed_image,
                 s.doubtful_fields,
                 s.resting_fields,
                 s.agreed_hash,
                 s.client_code,
                 json_array(
                    case
                       -- also of a lead that became a client in the CRM, which does not have it yet
                       when decode(to_char(s.client_code), json_value(s.agreed_image, '$.client_code'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"client_code"') > 0 then 'client_code'
                    end,
                    case
                       when instr(s.resting_fields, '"taxid"') > 0 then null
                       when decode(s.taxid, json_value(s.agreed_image, '$.taxid'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"taxid"') > 0 then 'taxid'
                    end,
                    case
                       when instr(s.resting_fields, '"name"') > 0 then null
                       when decode(s.name, json_value(s.agreed_image, '$.name'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"name"') > 0 then 'name'
                    end,
                    case
                       when instr(s.resting_fields, '"tax_registration"') > 0 then null
                       when decode(s.tax_registration, json_value(s.agreed_image, '$.tax_registration'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"tax_registration"') > 0 then 'tax_registration'
                    end,
                    case
                       when instr(s.resting_fields, '"industry"') > 0 then null
                       when decode(s.industry, json_value(s.agreed_image, '$.industry'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"industry"') > 0 then 'industry'
                    end,
                    case
                       when instr(s.resting_fields, '"phone"') > 0 then null
                       when decode(s.phone, json_value(s.agreed_image, '$.phone'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"phone"') > 0 then 'phone'
                    end,
                    case
                       when instr(s.resting_fields, '"address_street"') > 0 then null
                       when decode(s.address_street, json_value(s.agreed_image, '$.address_street'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"address_street"') > 0 then 'address_street'
                    end,
                    case
                       when instr(s.resting_fields, '"address_number"') > 0 then null
                       when decode(s.address_number, json_value(s.agreed_image, '$.address_number'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"address_number"') > 0 then 'address_number'
                    end,
                    case
                       when instr(s.resting_fields, '"address_complement"') > 0 then null
                       when decode(s.address_complement, json_value(s.agreed_image, '$.address_complement'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"address_complement"') > 0 then 'address_complement'
                    end,
                    case
                       when instr(s.resting_fields, '"address_district"') > 0 then null
                       when decode(s.address_district, json_value(s.agreed_image, '$.address_district'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"address_district"') > 0 then 'address_district'
                    end,
                    case
                       when instr(s.resting_fields, '"address_zipcode"') > 0 then null
                       when decode(s.address_zipcode, json_value(s.agreed_image, '$.address_zipcode'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"address_zipcode"') > 0 then 'address_zipcode'
                    end,
                    case
                       when instr(s.resting_fields, '"city"') > 0 then null
                       when decode(s.city, json_value(s.agreed_image, '$.city'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"city"') > 0 then 'city'
                    end,
                    case
                       when instr(s.resting_fields, '"state"') > 0 then null
                       when decode(s.state, json_value(s.agreed_image, '$.state'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"state"') > 0 then 'state'
                    end,
                    case
                       when instr(s.resting_fields, '"sales_rep"') > 0 then null
                       when decode(to_char(s.sales_rep), json_value(s.agreed_image, '$.sales_rep'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"sales_rep"') > 0 then 'sales_rep'
                    end,
                    case
                       when instr(s.resting_fields, '"financial_analysis"') > 0 then null
                       when decode(s.financial_analysis, json_value(s.agreed_image, '$.financial_analysis'), 0, 1) = 1
                         or instr(s.doubtful_fields, '"financial_analysis"') > 0 then 'financial_analysis'
                    end
                    absent on null
                 ) as changed_fields,
                 s.steps
            from (
                    select r.record_key,
                           coalesce(r.crm_id, c.crm_id) as crm_id,
                           r.fence_token,
                           r.version,
                           r.agreed_image,
                           lower(rawtohex(r.agreed_hash)) as agreed_hash,
                           r.doubtful_fields,
                           (
                              select json_arrayagg(f.field_name order by f.conflict_id)
                                from crm_conflicts f
                               where f.record_key = r.record_key
                                 and f.status = 'OPEN'
                           ) as resting_fields,
                           c.client_code,
                           c.taxid,
                           c.name,
                           c.tax_registration,
                           c.industry,
                           c.phone,
                           c.address_street,
                           c.address_number,
                           c.address_complement,
                           c.address_district,
                           c.address_zipcode,
                           c.city,
                           c.state,
                           c.sales_rep,
                           c.financial_analysis,
                           c.document,
                           c.row_hash,
                           case
                              when c.client_code is not null then (
                                 select json_arrayagg(
                                           t.step format json
                                           order by t.step_group, t.step_rank, t.contact_id
                                           returning clob
                                        )
                                   from crm_record_steps_v t
                                  where t.client_code = r.client_code
                                    and t.branch_code = r.branch_code
                              )
                           end as steps
                      from crm_records r
                      left join crm_client_rows_v c
                        on c.client_code = r.client_code
                       and c.branch_code = r.branch_code
                 ) s
       ) q
/
comment on table crm_record_changes_v is
   'What would have to be sent for each record now: the branch as the ERP has it against the agreed image'
/
