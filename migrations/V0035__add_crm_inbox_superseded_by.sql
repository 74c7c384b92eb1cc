-- V0035__add_crm_inbox_superseded_by
-- Why:    which webhook stands for another one is data; it was found by comparing the text for a person.
-- Breaks: no
-- Undo:   migrations/undo/U0035__add_crm_inbox_superseded_by.sql

alter table crm_inbox_events add (
   superseded_by number(15)
)
/
comment on column crm_inbox_events.superseded_by is
   'SUPERSEDED: inbox_id of the webhook that stands for it, which retention may have taken; null in older rows'
/
-- what still waits must know for which webhooks it stands
update crm_inbox_events o
   set o.superseded_by = (
          select min(i.inbox_id)
            from crm_inbox_events i
           where i.crm_id = o.crm_id
             and i.status in ('READY', 'INFLIGHT')
             and o.detail = 'webhook ' || i.inbox_id || ' stands for it'
       )
 where o.status = 'SUPERSEDED'
   and o.superseded_by is null
   and o.crm_id in (
          select i.crm_id
            from crm_inbox_events i
           where i.status in ('READY', 'INFLIGHT')
             and i.attempts > 0
       )
/
commit
/
