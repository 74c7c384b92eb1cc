create or replace type crm_queue_payloads_ct as table of raw(200)
/
