-- U0039__add_crm_inbox_lane
-- Undoes: migrations/V0039__add_crm_inbox_lane.sql
-- Loses:  nothing

drop index crm_inbox_events_lane_idx
/
alter table crm_inbox_events drop (lane)
/
delete from crm_migrations m
 where m.script = 'migrations/V0039__add_crm_inbox_lane.sql'
/
commit
/
