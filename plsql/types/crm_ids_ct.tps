create or replace type crm_ids_ct as table of number(15)
/
