-- U0013__create_crm_stage_moves
-- Undoes: migrations/V0013__create_crm_stage_moves.sql
-- Loses:  which moves the tenant allows

drop table crm_stage_moves
/
delete from crm_migrations m
 where m.script = 'migrations/V0013__create_crm_stage_moves.sql'
/
commit
/
