-- U0030__create_crm_proofs
-- Undoes: migrations/V0030__create_crm_proofs.sql
-- Loses:  when each record was proven equal: the next comparison proves anew

drop table crm_convergence_history
/
drop table crm_contact_proofs
/
drop table crm_record_proofs
/
delete from crm_migrations m
 where m.script = 'migrations/V0030__create_crm_proofs.sql'
/
commit
/
