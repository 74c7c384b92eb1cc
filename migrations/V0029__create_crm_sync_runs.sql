-- V0029__create_crm_sync_runs
-- Why:    jobs over the whole set can be paused and resumed, and what they find is a row that a person can act on.
-- Breaks: no
-- Undo:   drop table crm_sync_findings; drop table crm_sync_runs

create table crm_sync_runs (
   run_id            number(15) generated always as identity,
   kind              varchar2(8 char) not null,
   entity            varchar2(8 char) not null,
   status            varchar2(7 char) default 'RUNNING' not null,
   run_token         number(15) default 1 not null,
   resume_position   varchar2(1000 char),
   is_pause_wanted   char(1 char) default 'N' not null,
   records_expected  number(12),
   records_read      number(12) default 0 not null,
   records_equal     number(12) default 0 not null,
   records_busy      number(12) default 0 not null,
   records_outside   number(12) default 0 not null,
   records_different number(12) default 0 not null,
   records_applied   number(12) default 0 not null,
   records_left      number(12) default 0 not null,
   pages             number(12) default 0 not null,
   started_by        varchar2(128 char) not null,
   started_on        timestamp(6) with time zone default systimestamp not null,
   last_progress_on  timestamp(6) with time zone default systimestamp not null,
   finished_on       timestamp(6) with time zone,
   detail            varchar2(1000 char),
   constraint crm_sync_runs_pk primary key (run_id),
   constraint crm_sync_runs_kind_ck check (kind in ('RESYNC', 'VALIDATE', 'POLL')),
   constraint crm_sync_runs_entity_ck check (entity in ('LEADS', 'CONTACTS', 'ALL')),
   constraint crm_sync_runs_status_ck check (
      (status in ('RUNNING', 'PAUSED') and finished_on is null)
      or (status in ('DONE', 'FAILED') and finished_on is not null)
   ),
   constraint crm_sync_runs_is_pause_wanted_ck check (is_pause_wanted in ('S', 'N'))
)
/
create unique index crm_sync_runs_open_idx on crm_sync_runs (
   case when status in ('RUNNING', 'PAUSED') then kind end
)
/
comment on table crm_sync_runs is 'Jobs over all leads or contacts of the CRM; at most one of each kind is open'
/
comment on column crm_sync_runs.run_id is 'Run'
/
comment on column crm_sync_runs.kind is
   'RESYNC: differences are mended. VALIDATE: differences are noted. POLL: leads that changed lately, for ever'
/
comment on column crm_sync_runs.entity is 'What is read: LEADS, CONTACTS or ALL'
/
comment on column crm_sync_runs.status is
   'RUNNING: a process works on it, or died. PAUSED: can be resumed. DONE: everything was read. FAILED: given up'
/
comment on column crm_sync_runs.run_token is 'Grows with each resumption; a process with an older token is refused'
/
comment on column crm_sync_runs.resume_position is
   'JSON of the process that reads: where to go on; moves in the transaction that finishes a page'
/
comment on column crm_sync_runs.is_pause_wanted is 'S = the process shall stop before the next page'
/
comment on column crm_sync_runs.records_expected is 'Records to be read, as known at the start; for the forecast'
/
comment on column crm_sync_runs.records_read is 'Leads and persons read so far'
/
comment on column crm_sync_runs.records_equal is 'Equal on both sides'
/
comment on column crm_sync_runs.records_busy is 'Being worked on by the live flow; looked at again at the end'
/
comment on column crm_sync_runs.records_outside is
   'Not compared: the lead is not known to the ERP, or was edited in a stage that is not mirrored'
/
comment on column crm_sync_runs.records_different is 'Differences found'
/
comment on column crm_sync_runs.records_applied is 'RESYNC: taken into the ERP from the page itself'
/
comment on column crm_sync_runs.records_left is
   'Left to the live flow: a change or a hint waits in the outbox or the inbox'
/
comment on column crm_sync_runs.pages is 'Pages finished'
/
comment on column crm_sync_runs.started_by is 'Who started it'
/
comment on column crm_sync_runs.started_on is 'Start'
/
comment on column crm_sync_runs.last_progress_on is 'When a page was finished last'
/
comment on column crm_sync_runs.finished_on is 'End'
/
comment on column crm_sync_runs.detail is 'Why it failed, or what is worth knowing'
/

create table crm_sync_findings (
   finding_id number(15) generated always as identity,
   run_id     number(15) not null,
   item       varchar2(60 char) not null,
   entity     varchar2(7 char) not null,
   kind       varchar2(14 char) not null,
   action     varchar2(7 char) not null,
   record_key varchar2(40 char),
   crm_id     number(12),
   contact_id number(10),
   person_id  number(12),
   fields     varchar2(1000 char),
   state      varchar2(8 char) default 'OPEN' not null,
   noted_on   timestamp(6) with time zone default systimestamp not null,
   settled_on timestamp(6) with time zone,
   settled_by varchar2(128 char),
   constraint crm_sync_findings_pk primary key (finding_id),
   constraint crm_sync_findings_item_uk unique (run_id, item),
   constraint crm_sync_findings_runs_fk foreign key (run_id) references crm_sync_runs (run_id) on delete cascade,
   constraint crm_sync_findings_entity_ck check (entity in ('LEAD', 'CONTACT')),
   constraint crm_sync_findings_kind_ck check (
      kind in ('MISSING_IN_CRM', 'MISSING_IN_ERP', 'DIFFERENT', 'MIRROR', 'DOUBLE', 'EXTRA_IN_CRM')
   ),
   constraint crm_sync_findings_action_ck check (action in ('SEND', 'READ', 'CONVERT', 'RENEW', 'PERSON')),
   constraint crm_sync_findings_fields_ck check (fields is json),
   constraint crm_sync_findings_state_ck check (
      (state = 'OPEN' and settled_on is null) or (state in ('REPAIRED', 'GONE') and settled_on is not null)
   )
)
/
comment on table crm_sync_findings is 'What a run found to differ: keys and names of fields, never values'
/
comment on column crm_sync_findings.finding_id is 'Finding'
/
comment on column crm_sync_findings.run_id is 'Run'
/
comment on column crm_sync_findings.item is 'What it is about, once a run: LEAD:id, RECORD:key, PERSON:id or CONTACT:id'
/
comment on column crm_sync_findings.entity is 'LEAD or CONTACT'
/
comment on column crm_sync_findings.kind is
   'MISSING_IN_CRM: the ERP has it, the CRM has not. MISSING_IN_ERP: the other way round, in a mirrored stage.
DIFFERENT: fields differ. MIRROR: LEADS does not show the stage of the lead. DOUBLE: a second lead of one CNPJ.
EXTRA_IN_CRM: the branch does not take part any more'
/
comment on column crm_sync_findings.action is
   'What mends it. SEND: a change in the outbox. READ: a hint in the inbox. CONVERT: a hint that makes a client of the
lead. RENEW: the lead is gone for good; it is forgotten and sent anew. PERSON: only a person can'
/
comment on column crm_sync_findings.record_key is 'Record, when known'
/
comment on column crm_sync_findings.crm_id is 'Lead, when known'
/
comment on column crm_sync_findings.contact_id is 'Contact of the ERP, when known'
/
comment on column crm_sync_findings.person_id is 'Person of the CRM, when known'
/
comment on column crm_sync_findings.fields is 'JSON array of the names of the fields that differ'
/
comment on column crm_sync_findings.state is
   'OPEN: as found. REPAIRED: handed to outbox or inbox. GONE: the live flow had it already'
/
comment on column crm_sync_findings.noted_on is 'When it was found'
/
comment on column crm_sync_findings.settled_on is 'When it was handed over, or seen to be gone'
/
comment on column crm_sync_findings.settled_by is 'Who asked for the repair'
/
