create or replace view crm_record_steps_v as
select t.client_code,
       t.branch_code,
       t.step_group,
       t.step_rank,
       t.contact_id,
       t.step
  from (
          select c.client_code,
                 c.branch_code,
                 1 as step_group,
                 case c.is_primary when 'S' then 0 else 1 end as step_rank,
                 c.contact_id,
                 c.step
            from crm_contact_changes_v c
           union all
          select r.client_code,
                 r.branch_code,
                 2 as step_group,
                 0 as step_rank,
                 0 as contact_id,
                 json_object(key 'step' value 'stage', key 'stage' value r.wanted_stage) as step
            from crm_records r
           where r.wanted_stage is not null
             -- one whose branch has left keeps its wish until it comes back
             and exists (
                    select null
                      from erp.branches b
                     where b.client_code = r.client_code
                       and b.code = r.branch_code
                       and b.integrate_crm = 'S'
                 )
           union all
          select b.client_code,
                 b.branch_code,
                 3 as step_group,
                 0 as step_rank,
                 0 as contact_id,
                 json_object(
                    key 'step' value 'budget',
                    key 'value' value to_char(
                       b.budget_value, 'fm999999999999990.00', 'nls_numeric_characters=''.,'''
                    ),
                    key 'agreed' value to_char(
                       b.agreed_budget, 'fm999999999999990.00', 'nls_numeric_characters=''.,'''
                    ),
                    key 'product_id' value p.product_id,
                    key 'in_doubt' value case b.is_budget_in_doubt when 'S' then 'true' else 'false' end format json,
                    key 'is_empty' value case b.is_proposal_empty when 'S' then 'true' else 'false' end format json,
                    key 'is_sold' value case b.is_sold when 'S' then 'true' else 'false' end format json
                    null on null
                 ) as step
            from view_leads_budgeted b
            join crm_step_products_v p
              on p.step = 'budget'
             -- the CRM takes none for a lead that is sold: what it holds stays agreed, for when the sale is undone
           where b.is_sold = 'N'
           union all
          select s.client_code,
                 s.branch_code,
                 4 as step_group,
                 0 as step_rank,
                 0 as contact_id,
                 json_object(
                    key 'step' value 'sale',
                    key 'value' value to_char(
                       s.order_value, 'fm999999999999990.00', 'nls_numeric_characters=''.,'''
                    ),
                    key 'product_id' value p.product_id
                    null on null
                 ) as step
            from view_leads_sold s
            join crm_step_products_v p
              on p.step = 'sale'
           union all
          select r.client_code,
                 r.branch_code,
                 5 as step_group,
                 0 as step_rank,
                 0 as contact_id,
                 json_object(key 'step' value 'discard', key 'reason' value r.wanted_discard) as step
            from crm_records r
           where r.wanted_discard is not null
       ) t
 where exists (
          select null
            from crm_settings s
           where s.name = 'send_steps'
             and s.value = 'S'
       )
/
comment on table crm_record_steps_v is
   'What would have to follow the lead of each record now, one JSON step each, to be sent in the order of step_group,
step_rank, contact_id; none while the setting send_steps is off'
/
