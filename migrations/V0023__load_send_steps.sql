-- V0023__load_send_steps
-- Why:    contacts, values, stages and discards follow the lead from now on; the setting stays as a switch.
-- Breaks: yes for a daemon that does not settle steps: stop it first. What was never sent goes out within the hour
-- Undo:   update crm_settings set value = 'N' where name = 'send_steps'

update crm_settings s
   set s.value       = 'S',
       s.description = 'S = contacts, values, stage and discard follow the lead; N = only the lead is sent'
 where s.name = 'send_steps'
/
update crm_settings s
   set s.description =
          'Number of the product that carries the value of the quotations; there is no default. Empty: the values wait'
 where s.name = 'budget_product_id'
/
update crm_settings s
   set s.description =
          'Number of the product with which a lead is sold; there is no default. Empty: the sales wait'
 where s.name = 'sale_product_id'
/
commit
/
