create or replace type crm_record_keys_ct as table of varchar2(40 char)
/
