-- V0022__add_crm_inbox_events_values
-- Why:    custom fields cost a call, spared when the webhooks show that nothing in them differs (decision 0009).
-- Breaks: no; a daemon that does not look at it reads them as before
-- Undo:   alter table crm_inbox_events drop (are_values_agreed)

alter table crm_inbox_events add (
   are_values_agreed char(1 char) default 'N' not null,
   constraint crm_inbox_events_values_ck check (are_values_agreed in ('S', 'N'))
)
/
comment on column crm_inbox_events.are_values_agreed is
   'S = at the claim no webhook of the lead that waited showed other custom fields than the agreed ones'
/
