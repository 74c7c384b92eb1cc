-- V0039__add_crm_inbox_lane
-- Why:    the claim finds webhooks of people before hints, oldest first, by an index: nothing of a backlog is sorted.
-- Breaks: no; the column is computed
-- Undo:   migrations/undo/U0039__add_crm_inbox_lane.sql

alter table crm_inbox_events add (
   lane number generated always as (case source when 'RECONCILE' then 1 else 0 end) virtual
)
/
comment on column crm_inbox_events.lane is '0 = it came from the CRM; 1 = hint of a run over all leads, which can wait'
/
create index crm_inbox_events_lane_idx on crm_inbox_events (status, lane, inbox_id)
/
