-- V0037__create_crm_figures
-- Why:    sizes are counted by a job, not at every scrape; ids of leads that are still to be stored are marked.
-- Breaks: no
-- Undo:   migrations/undo/U0037__create_crm_figures.sql

create table crm_figures (
   metric   varchar2(40 char) not null,
   value    number(15) not null,
   taken_on timestamp(6) with time zone default systimestamp not null,
   constraint crm_figures_pk primary key (metric)
)
/
comment on table crm_figures is 'Figures that are counted by jobs, shown by crm_status_v'
/
comment on column crm_figures.metric is 'Name as crm_status_v shows it'
/
comment on column crm_figures.value is 'What was counted'
/
comment on column crm_figures.taken_on is 'When it was counted'
/
alter table crm_records add (id_due_on timestamp(6) with time zone)
/
comment on column crm_records.id_due_on is
   'Since when the id of the lead is to be stored in the ERP, where somebody edits the branch; null = it is there'
/
create index crm_records_id_due_on_idx on crm_records (id_due_on)
/
