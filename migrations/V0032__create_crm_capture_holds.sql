-- V0032__create_crm_capture_holds
-- Why:    a deployment holds capture while it replaces what the triggers call; which were on is remembered here.
-- Breaks: no
-- Undo:   migrations/undo/U0032__create_crm_capture_holds.sql

create table crm_capture_holds (
   hold_id      number(15) generated always as identity,
   trigger_name varchar2(128 char) not null,
   was_enabled  char(1 char) not null,
   held_on      timestamp(6) with time zone default systimestamp not null,
   ended_on     timestamp(6) with time zone,
   constraint crm_capture_holds_pk primary key (hold_id),
   constraint crm_capture_holds_enabled_ck check (was_enabled in ('S', 'N'))
)
/
create unique index crm_capture_holds_open_ux on crm_capture_holds (case when ended_on is null then trigger_name end)
/
comment on table crm_capture_holds is
   'Times in which a deployment had switched a capture trigger off; what the ERP changed is compared at the end'
/
comment on column crm_capture_holds.hold_id is 'Order of holding'
/
comment on column crm_capture_holds.trigger_name is 'Trigger on a table of the ERP'
/
comment on column crm_capture_holds.was_enabled is 'N = it was off already when the deployment came: it stays off'
/
comment on column crm_capture_holds.held_on is 'When it was switched off'
/
comment on column crm_capture_holds.ended_on is 'When it was on again and the gap was repaired; null = it is held'
/
